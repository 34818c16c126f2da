/**
 * The messages of the WebSocket other than state frames.
 *
 * Mirrors `protocol/src/control.rs` and docs/PROTOCOL.md. Binary form: the byte 0x13 and postcard.
 * Absent: signing. A watching page sends only `watch`, `unwatch`, `resume` and `ping`.
 */
import { ByteReader, ByteWriter, WireError } from "./bytes.js";
import {
  choice,
  hash,
  list,
  nonce,
  option,
  publicKey,
  signature,
  struct,
  tagged,
  text,
  u32,
  u64,
  u8,
  unit,
  type Decoded,
} from "./codec.js";
import { matchDetail, matchEvent, matchSummary, playerInfo } from "./directory.js";

export const VERSION = 1;
/** First byte of every binary control message. */
export const CONTROL_BYTE = (VERSION << 4) | 3;

export const rate = choice("every", "bundled");
export type Rate = Decoded<typeof rate>;

const signedInput = struct({
  input: struct({
    match: publicKey,
    slot: u8,
    sequence: u32,
    previous: hash,
    tick: u32,
    warrior: u8,
    heading: u8,
  }),
  signature,
});

export const clientMessage = tagged({
  auth_wallet: struct({ wallet: publicKey, signature }),
  auth_session: struct({ session: publicKey, signature }),
  watch: struct({ match: publicKey, rate }),
  unwatch: unit,
  play: struct({ match: publicKey }),
  input: signedInput,
  resume: struct({ token: option(hash), match: option(publicKey), last_tick: option(u32), rate }),
  ping: struct({ id: u32 }),
  watch_directory: unit,
  unwatch_directory: unit,
  cosign: struct({ match: publicKey, slot: u8, expires_slot: u64, signature }),
  auth_player: struct({ wallet: publicKey, session: publicKey, signature }),
});
export type ClientMessage = Decoded<typeof clientMessage>;

const rejectReason = choice(
  "unknown_match",
  "not_started",
  "ended",
  "not_authenticated",
  "unknown_player",
  "not_your_warrior",
  "warrior_absent",
  "bad_heading",
  "wrong_sequence",
  "wrong_previous",
  "bad_signature",
  "tick_in_future",
  "tick_too_old",
  "too_many_changes",
  "rate_limited",
  "busy",
  "muted",
  "unchanged",
);

export const errorCode = choice(
  "unknown_match",
  "not_authenticated",
  "not_a_player",
  "bad_token",
  "already_authenticated",
  "muted",
  "ambiguous_key",
);
export type ErrorCode = Decoded<typeof errorCode>;

const cosignRefusal = choice(
  "not_authenticated",
  "no_offer",
  "stale_offer",
  "bad_signature",
  "rate_limited",
  "busy",
);

export const serverMessage = tagged({
  hello: struct({
    version: u8,
    domain: text,
    chain: text,
    nonce,
    issued_at: text,
    message_bytes_max: u32,
    idle_timeout_ms: u32,
  }),
  welcome: struct({
    identity: tagged({
      wallet: publicKey,
      session: publicKey,
      player: struct({ wallet: publicKey, session: publicKey }),
    }),
    token: hash,
    token_life_s: u32,
  }),
  watching: struct({ detail: matchDetail, player: option(playerInfo) }),
  ack: struct({ sequence: u32, tick: u32, receipt: signature }),
  reject: struct({
    sequence: u32,
    reason: rejectReason,
    chain: option(struct({ expected_sequence: u32, head: hash })),
  }),
  event: struct({ match: publicKey, event: matchEvent }),
  error: struct({ code: errorCode, message: text }),
  pong: struct({ id: u32 }),
  restarting: struct({ retry_after_ms: u32 }),
  directory: struct({ matches: list(matchSummary) }),
  settlement_offer: struct({
    match: publicKey,
    final_state: list(u8),
    expires_slot: u64,
    cluster: publicKey,
    program: publicKey,
  }),
  cosign_ack: struct({ match: publicKey, expires_slot: u64 }),
  cosign_reject: struct({ match: publicKey, expires_slot: u64, reason: cosignRefusal }),
  directory_changes: struct({ changed: list(matchSummary), gone: list(publicKey) }),
});
export type ServerMessage = Decoded<typeof serverMessage>;

/** Binary form of a client's message. */
export function encodeClientMessage(message: ClientMessage): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.u8(CONTROL_BYTE);
  clientMessage.write(writer, message);
  return writer.finish();
}

/** From binary form; throws a `WireError` that names what does not fit. */
export function decodeServerMessage(bytes: Uint8Array): ServerMessage {
  const reader = new ByteReader(bytes);
  const first = reader.u8();
  if (first >> 4 !== VERSION) {
    throw new WireError(`version ${first >> 4} of the protocol; this page speaks version ${VERSION}`);
  }
  if (first !== CONTROL_BYTE)
    throw new WireError(`message kind ${first & 15} is not a control message (kind 3)`);
  const message = serverMessage.read(reader);
  reader.end();
  return message;
}
