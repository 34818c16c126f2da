/** Server control messages in postcard, and the two client messages the page needs an answer to. */
import { Postcard } from "./bytes.mjs";

const CONTROL = 0x13;
const MODES = ["blitz", "siege"];
const STATUSES = ["open", "locked", "live", "proposed", "settled", "cancelled", "voided"];

function message(variant) {
  return new Postcard().u8(CONTROL).varint(variant);
}

export function hello() {
  return message(0)
    .u8(1)
    .text("mock.invalid")
    .text("localnet")
    .raw(new Uint8Array(16))
    .text("2026-01-01T00:00:00Z")
    .varint(4096)
    .varint(60_000)
    .finish();
}

export function watching(detail) {
  const out = message(2);
  writeDetail(out, detail);
  return out.u8(0).finish();
}

export function event(matchKey, happened) {
  const out = message(5).raw(matchKey);
  writeEvent(out, happened);
  return out.finish();
}

export function unknownMatch() {
  return message(6).varint(0).text("this match is not known here").finish();
}

/** `id` as the varint it came as. */
export function pong(id) {
  return message(7).raw(id).finish();
}

export function directory(matches) {
  const out = message(9);
  out.list(matches, (match) => writeSummary(out, match));
  return out.finish();
}

export function directoryChanges(changed, gone) {
  const out = message(13);
  out.list(changed, (match) => writeSummary(out, match)).list(gone, (match) => out.raw(match));
  return out.finish();
}

function writeSummary(out, match) {
  out
    .raw(match.match)
    .varint(match.match_id)
    .varint(MODES.indexOf(match.mode))
    .varint(STATUSES.indexOf(match.status));
  out.raw(match.mint).u8(match.decimals).text(match.symbol).varint(match.stake_per_warrior);
  out.u8(match.players).u8(match.players_max).u8(match.warriors).u8(match.warriors_max);
  out.varint(match.pot).varint(match.tick).varint(match.length_ticks).varint(match.created_at_ms);
  out.option(match.starts_at_ms, (value) => out.varint(value));
}

function writePlayer(out, player) {
  out.u8(player.slot).raw(player.wallet).raw(player.session).u8(player.warriors);
  out.option(player.first_warrior, (value) => out.u8(value));
  out.u8(player.late ? 1 : 0).varint(player.paid);
  out.option(player.payout, (value) => out.varint(value)).u8(player.refunded ? 1 : 0);
  out.option(player.place, (value) => out.u8(value));
  out
    .option(player.entered_in, (value) => out.raw(value))
    .option(player.claimed_in, (value) => out.raw(value));
}

function writeCheckpoint(out, checkpoint) {
  out.varint(checkpoint.index).varint(checkpoint.tick).raw(checkpoint.digest).raw(checkpoint.leaf);
  out
    .option(checkpoint.posted_in, (value) => out.raw(value))
    .option(checkpoint.slot, (value) => out.varint(value));
}

function writeResult(out, result) {
  out.raw(result.leaf).varint(result.pot).varint(result.fee).varint(result.burn);
  out
    .option(result.proposed_in, (value) => out.raw(value))
    .option(result.finalized_in, (value) => out.raw(value));
}

function writeDetail(out, detail) {
  writeSummary(out, detail.summary);
  out
    .raw(detail.operator)
    .raw(detail.rules_hash)
    .list([...detail.rules], (byte) => out.u8(byte))
    .raw(detail.drip_root);
  out.option(detail.seed, (value) => out.raw(value)).option(detail.genesis_leaf, (value) => out.raw(value));
  out.list(detail.players, (player) => writePlayer(out, player));
  out.list(detail.checkpoints, (checkpoint) => writeCheckpoint(out, checkpoint));
  out.option(detail.result, (result) => writeResult(out, result));
  for (const name of ["created_in", "locked_in", "started_in"])
    out.option(detail[name], (value) => out.raw(value));
  out.list(detail.deaths, ({ tick, warrior, slot }) => out.varint(tick).u8(warrior).u8(slot).u8(0));
}

function writeEvent(out, happened) {
  switch (happened.kind) {
    case "status":
      out
        .varint(0)
        .varint(STATUSES.indexOf(happened.status))
        .option(happened.signature, (value) => out.raw(value));
      break;
    case "entered":
      out.varint(1);
      writePlayer(out, happened.player);
      break;
    case "started":
      out.varint(3).raw(happened.seed).raw(happened.genesis_leaf).varint(happened.starts_at_ms);
      break;
    case "checkpoint":
      out.varint(4);
      writeCheckpoint(out, happened.checkpoint);
      break;
    case "ended":
      out.varint(5).varint(happened.tick);
      break;
    case "result":
      out.varint(6);
      writeResult(out, happened.result);
      break;
    case "paid":
      out.varint(7).u8(happened.slot).varint(happened.amount).u8(0).raw(happened.signature);
      break;
    default:
      throw new Error(`the mock does not send ${happened.kind}`);
  }
}

/** `{ kind, match?, lastTick?, id? }` of a client's binary message, or undefined for those the mock ignores. */
export function parseClient(bytes) {
  if (bytes[0] !== CONTROL) return undefined;
  switch (bytes[1]) {
    case 2:
      return { kind: "watch", match: bytes.subarray(2, 34) };
    case 3:
      return { kind: "unwatch" };
    case 6:
      // token option, match option, last tick option, rate: the page sends no token and always a match.
      return { kind: "resume", match: bytes.subarray(4, 36) };
    case 7:
      return { kind: "ping", id: bytes.subarray(2) };
    case 8:
      return { kind: "watch_directory" };
    case 9:
      return { kind: "unwatch_directory" };
    default:
      return undefined;
  }
}
