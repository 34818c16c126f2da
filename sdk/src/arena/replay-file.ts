/**
 * The record of a match out of its replay file: docs/PROTOCOL.md, section 5.
 *
 * A replay file is the operator's word: alone it shows that a match is consistent in itself. Held against the
 * digests in the match's trace account it shows more; give them to the record. Invariant: a file that is damaged,
 * cut short or of another version is an error that says so. Absent: the players' signatures, which the verifier of
 * the command checks.
 */
import { getAddressDecoder, getBase58Decoder } from "@solana/kit";
import { ByteReader, WireError } from "../wire/bytes.js";
import type { Arena } from "./arena.js";
import type { CheckpointRecord, MatchRecord, PlayerRecord } from "./record.js";

const MAGIC = "AURRPL01";
const DIGEST_LENGTH = 32;
const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;
/** Behind every warrior that is in the roster. */
const NEVER_ADMITTED = 255;

/** What a replay file says; `bytes` is the whole file. */
export async function readReplay(arena: Arena, bytes: Uint8Array): Promise<MatchRecord> {
  const reader = new ByteReader(await bodyOf(bytes));
  const keys = getAddressDecoder();
  const base58 = getBase58Decoder();
  const bytesOf = (count: number): Uint8Array => reader.take(count).slice();
  const bytesOfLength = (): Uint8Array => bytesOf(reader.length());
  const list = <T>(item: (index: number) => T): T[] =>
    Array.from({ length: reader.length() }, (_, index) => item(index));

  reader.take(KEY_LENGTH); // the program
  const match = bytesOf(KEY_LENGTH);
  reader.varint(64); // the operator's own number
  reader.take(KEY_LENGTH); // the operator
  reader.u32(); // the mode, which the rules say too
  const rules = bytesOfLength();
  const capacity = reader.u8();
  const warriorsAtStart = reader.u8();
  const roster = bytesOfLength();
  const entered = list(() => {
    const slot = reader.u8();
    const wallet = keys.decode(reader.take(KEY_LENGTH));
    const sessionKey = keys.decode(reader.take(KEY_LENGTH));
    const warriors = reader.u8();
    const late = reader.flag();
    const paid = reader.varint(64);
    const payout = reader.varint(64);
    return { slot, wallet, sessionKey, warriors, late, paid, payout };
  });
  const value = bytesOf(KEY_LENGTH);
  const seed = bytesOf(KEY_LENGTH);
  const dripRoot = bytesOf(KEY_LENGTH);
  const genesisLeaf = bytesOf(KEY_LENGTH);
  const checkpoints = list((index): CheckpointRecord => {
    const dripKey = bytesOf(KEY_LENGTH);
    const beacon = bytesOf(KEY_LENGTH);
    const digest = bytesOf(KEY_LENGTH);
    const signature = reader.flag() ? base58.decode(reader.take(SIGNATURE_LENGTH)) : "";
    const segments = list(() => ({ inputs: bytesOfLength(), leaf: bytesOf(KEY_LENGTH) }));
    return { index, dripKey, beacon, segments, digest, signature, slot: 0n, playersKnown: entered.length };
  });
  const players = entered.map(({ late, payout: _, ...player }): PlayerRecord => {
    const at = roster.indexOf(player.slot);
    return { ...player, late: late ? { firstWarrior: at < 0 ? NEVER_ADMITTED : at } : null };
  });
  const owners = roster.slice(0, warriorsAtStart);
  return {
    match,
    rules,
    rulesHash: arena.sha256(rules),
    dripRoot,
    standing: "settled",
    players,
    start: { value, seed, genesisLeaf, owners, capacity, signature: "" },
    checkpoints,
    result: null,
    payments: [],
    trace: null,
  };
}

/** The body, after its frame has been checked. */
async function bodyOf(bytes: Uint8Array): Promise<Uint8Array> {
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC)
    throw new WireError(`not a replay file: it begins with "${magic}", expected "${MAGIC}"`);
  const head = MAGIC.length + 4;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < head ? 0 : view.getUint32(MAGIC.length, true);
  if (bytes.length !== head + length + DIGEST_LENGTH)
    throw new WireError(`the replay has ${bytes.length} bytes; expected ${head + length + DIGEST_LENGTH}`);
  const signed = bytes.slice(0, head + length);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", signed));
  if (digest.some((byte, index) => byte !== bytes[head + length + index]))
    throw new WireError("the replay is damaged: its digest does not fit its content");
  return signed.subarray(head);
}
