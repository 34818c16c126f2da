/**
 * What a match looks like from outside: in lists, in detail, and as it changes.
 *
 * Mirrors `protocol/src/directory.rs` and docs/PROTOCOL.md, field by field and in the same order.
 * Amounts are in the mint's smallest unit; keys and signatures are base58, hashes hex.
 */
import {
  amount,
  bool,
  choice,
  hash,
  list,
  option,
  pair,
  publicKey,
  signature,
  struct,
  tagged,
  text,
  u32,
  u64,
  u8,
  type Decoded,
} from "./codec.js";

export const mode = choice("blitz", "siege");
export type Mode = Decoded<typeof mode>;

export const matchStatus = choice("open", "locked", "live", "proposed", "settled", "cancelled", "voided");
export type MatchStatus = Decoded<typeof matchStatus>;

export const matchSummary = struct({
  match: publicKey,
  match_id: u64,
  mode,
  status: matchStatus,
  mint: publicKey,
  decimals: u8,
  symbol: text,
  stake_per_warrior: amount,
  players: u8,
  players_max: u8,
  warriors: u8,
  warriors_max: u8,
  pot: amount,
  tick: u32,
  length_ticks: u32,
  created_at_ms: u64,
  starts_at_ms: option(u64),
});
export type MatchSummary = Decoded<typeof matchSummary>;

export const playerInfo = struct({
  slot: u8,
  wallet: publicKey,
  session: publicKey,
  warriors: u8,
  /** Null before the start, when nobody knows. */
  first_warrior: option(u8),
  late: bool,
  paid: amount,
  payout: option(amount),
  refunded: bool,
  place: option(u8),
  entered_in: option(signature),
  claimed_in: option(signature),
});
export type PlayerInfo = Decoded<typeof playerInfo>;

export const checkpointInfo = struct({
  index: u32,
  tick: u32,
  digest: hash,
  leaf: hash,
  posted_in: option(signature),
  slot: option(u64),
});
export type CheckpointInfo = Decoded<typeof checkpointInfo>;

export const resultInfo = struct({
  leaf: hash,
  pot: amount,
  fee: amount,
  burn: amount,
  proposed_in: option(signature),
  finalized_in: option(signature),
});
export type ResultInfo = Decoded<typeof resultInfo>;

/** One warrior's death; `by` is the warrior and the owner's slot of who did it. */
export const deathInfo = struct({
  tick: u32,
  warrior: u8,
  slot: u8,
  by: option(pair(u8, u8)),
});
export type DeathInfo = Decoded<typeof deathInfo>;

export const matchDetail = struct({
  summary: matchSummary,
  operator: publicKey,
  rules_hash: hash,
  rules: list(u8),
  drip_root: hash,
  seed: option(hash),
  genesis_leaf: option(hash),
  players: list(playerInfo),
  checkpoints: list(checkpointInfo),
  result: option(resultInfo),
  created_in: option(signature),
  locked_in: option(signature),
  started_in: option(signature),
  /** Of a match that is over; of one that runs the keyframe shows who has no hit points. */
  deaths: list(deathInfo),
});
export type MatchDetail = Decoded<typeof matchDetail>;

export const matchEvent = tagged({
  status: struct({ status: matchStatus, signature: option(signature) }),
  entered: playerInfo,
  left: struct({ slot: u8, wallet: publicKey }),
  started: struct({ seed: hash, genesis_leaf: hash, starts_at_ms: u64 }),
  checkpoint: checkpointInfo,
  ended: struct({ tick: u32 }),
  result: resultInfo,
  paid: struct({ slot: u8, amount, refund: bool, signature }),
  paused: struct({ tick: u32 }),
  resumed: struct({ tick: u32 }),
});
export type MatchEvent = Decoded<typeof matchEvent>;

/** The list of matches with changes of it: rows that are new or different, and those that are gone. Newest first. */
export function updatedList(
  known: readonly MatchSummary[],
  changed: readonly MatchSummary[],
  gone: readonly string[],
): MatchSummary[] {
  const replaced = new Set([...gone, ...changed.map((row) => row.match)]);
  return [...known.filter((row) => !replaced.has(row.match)), ...changed].sort(
    (a, b) => b.created_at_ms - a.created_at_ms || b.match_id - a.match_id,
  );
}
