/**
 * A record held against the rules: every digest, drip key, leaf and payout computed anew.
 *
 * A pure function of the record and the rules, so that it can run in a worker. A checkpoint is green
 * only if the digest that the program recorded follows from the posted bytes, its drip key from the
 * one before, and each posted leaf from the rules. What comes after the first red one cannot be told:
 * its state is unknown.
 */
import { sameBytes } from "../program/bytes.js";
import type { FraudProof } from "../program/fraud.js";
import { toHex } from "../wire/text.js";
import { type Arena, ArenaError } from "./arena.js";
import type { CheckpointRecord, MatchRecord, StartRecord } from "./record.js";

/** The first thing that does not agree. */
export interface Difference {
  /** What it is, in words. */
  readonly what: string;
  /** What the rules or the chain's other records say. */
  readonly expected: string;
  readonly found: string;
}

export interface CheckpointReport {
  readonly index: number;
  /** The tick after it. */
  readonly tick: number;
  readonly digest: string;
  readonly dripKey: string;
  /** Leaf after its last segment, as posted. */
  readonly leaf: string;
  readonly signature: string;
  readonly slot: bigint;
  /** `unknown`: an earlier one is red. */
  readonly verdict: "green" | "red" | "unknown";
  readonly difference?: Difference;
  /** What makes the program void the match, where a segment is wrong. */
  readonly proof?: FraudProof;
}

export interface MatchReport {
  /** Everything that can be checked agrees. */
  readonly ok: boolean;
  readonly standing: MatchRecord["standing"];
  readonly checkpoints: readonly CheckpointReport[];
  /** What does not agree before the first tick. */
  readonly start?: Difference;
  /** What does not agree about the result or the payments. */
  readonly money?: Difference;
  /** What everybody gets by the rules, by player slot; known once the match has ended. */
  readonly payouts: readonly bigint[] | null;
  /** State after the last green checkpoint; empty before the start. */
  readonly finalState: Uint8Array;
}

const text = new TextEncoder();
const SEED_DOMAIN = text.encode("aurelius:seed");
const BEACON_DOMAIN = text.encode("aurelius:beacon");
const CHECKPOINT_DOMAIN = text.encode("aurelius:checkpoint");

/** Checks a whole match. */
export function checkRecord(arena: Arena, record: MatchRecord): MatchReport {
  const { start, standing } = record;
  const nothing = { standing, checkpoints: [], payouts: null, finalState: new Uint8Array() };
  if (start === null) return { ok: true, ...nothing };
  const wrong = checkStart(arena, record, start);
  if (wrong !== undefined) return { ok: false, ...nothing, start: wrong };
  const checkpoints = checkCheckpoints(arena, record, start);
  const allGreen = checkpoints.every(({ verdict }) => verdict === "green");
  const payouts = allGreen && arena.ended ? arena.shareOut(paidBySlot(record)).payouts : null;
  const money = allGreen ? checkMoney(arena, record) : undefined;
  return {
    ok: allGreen && money === undefined,
    standing,
    checkpoints,
    ...(money === undefined ? {} : { money }),
    payouts,
    finalState: arena.state(),
  };
}

/** The start, held against the rules; the arena stands at the genesis state afterwards. */
export function checkStart(arena: Arena, record: MatchRecord, start: StartRecord): Difference | undefined {
  const seed = arena.sha256(SEED_DOMAIN, record.match, start.value);
  return (
    differ("hash of the rules table", arena.sha256(record.rules), record.rulesHash) ??
    differ("seed", seed, start.seed) ??
    differ("roster", rosterAtStart(record), start.owners) ??
    tryTo("genesis state", start.genesisLeaf, () =>
      arena.start(record.rules, start.owners, start.capacity, start.seed),
    )
  );
}

/** Warriors in slot order, as the program lays them out at the start. */
function rosterAtStart({ players }: MatchRecord): Uint8Array {
  const first = players.filter(({ late }) => late === null).sort((a, b) => a.slot - b.slot);
  return Uint8Array.from(first.flatMap(({ slot, warriors }) => Array<number>(warriors).fill(slot)));
}

function checkCheckpoints(arena: Arena, record: MatchRecord, start: StartRecord): CheckpointReport[] {
  let leafBefore: Uint8Array = start.genesisLeaf;
  let red = false;
  return record.checkpoints.map((posted, at) => {
    const base = describe(record, posted);
    if (red) return { ...base, verdict: "unknown" };
    const wrong =
      checkPosting(arena, record, start, at) ??
      checkSegments(arena, posted, leafBefore, start, rosterAt(record, start, posted));
    leafBefore = posted.segments.at(-1)?.leaf ?? leafBefore;
    if (wrong === undefined) return { ...base, verdict: "green" };
    red = true;
    return { ...base, verdict: "red", ...("difference" in wrong ? wrong : { difference: wrong }) };
  });
}

/** What is claimed about checkpoint `at`, without its segments: number, drip key and digest. */
export function checkPosting(
  arena: Arena,
  record: MatchRecord,
  start: StartRecord,
  at: number,
): Difference | undefined {
  const posted = record.checkpoints[at];
  if (posted === undefined) throw new RangeError(`there is no checkpoint ${at}`);
  const before = record.checkpoints[at - 1];
  const leafBefore = before?.segments.at(-1)?.leaf ?? start.genesisLeaf;
  return (
    differ("number of the checkpoint", Uint8Array.of(at), Uint8Array.of(posted.index)) ??
    differ("hash of the drip key", before?.dripKey ?? record.dripRoot, arena.sha256(posted.dripKey)) ??
    differ("digest", digestOf(arena, posted, leafBefore), posted.digest) ??
    (record.trace === null
      ? undefined
      : differ("digest in the trace account", posted.digest, record.trace[at] ?? new Uint8Array()))
  );
}

function describe({ rules }: MatchRecord, posted: CheckpointRecord) {
  const segmentTicks = (rules[10] ?? 0) + (rules[11] ?? 0) * 256;
  return {
    index: posted.index,
    tick: (posted.index + 1) * segmentTicks * (rules[7] ?? 0),
    digest: toHex(posted.digest),
    dripKey: toHex(posted.dripKey),
    leaf: toHex(posted.segments.at(-1)?.leaf ?? new Uint8Array()),
    signature: posted.signature,
    slot: posted.slot,
  };
}

/** Drip key and beacon in one hash: what the key of the checkpoint's ticks and its digest are made of. */
export function mixedKey(arena: Arena, { dripKey, beacon }: CheckpointRecord): Uint8Array {
  return arena.sha256(BEACON_DOMAIN, dripKey, beacon);
}

/** The digest that the program computes from what was posted. */
function digestOf(arena: Arena, posted: CheckpointRecord, previousLeaf: Uint8Array): Uint8Array {
  const index = new Uint8Array(4);
  new DataView(index.buffer).setUint32(0, posted.index, true);
  const segments = posted.segments.flatMap(({ inputs, leaf }) => [arena.sha256(inputs), leaf]);
  return arena.sha256(CHECKPOINT_DOMAIN, index, previousLeaf, mixedKey(arena, posted), ...segments);
}

/** All warriors that were paid for before the checkpoint was posted, in roster order. */
export function rosterAt(record: MatchRecord, start: StartRecord, posted: CheckpointRecord): Uint8Array {
  const late = record.players
    .slice(0, posted.playersKnown)
    .filter((player) => player.late !== null)
    .sort((a, b) => (a.late?.firstWarrior ?? 0) - (b.late?.firstWarrior ?? 0));
  const after = late.flatMap(({ slot, warriors }) => Array<number>(warriors).fill(slot));
  return Uint8Array.from([...start.owners, ...after]);
}

interface WrongSegment {
  readonly difference: Difference;
  readonly proof: FraudProof;
}

function checkSegments(
  arena: Arena,
  posted: CheckpointRecord,
  previousLeaf: Uint8Array,
  start: StartRecord,
  owners: Uint8Array,
): WrongSegment | undefined {
  const mixed = mixedKey(arena, posted);
  const key = arena.sha256(start.seed, mixed);
  for (const [segment, { inputs, leaf }] of posted.segments.entries()) {
    const state = arena.state();
    const difference = tryTo(`leaf after segment ${segment}`, leaf, () => arena.segment(key, inputs, owners));
    if (difference === undefined) continue;
    const others = othersOf(arena, posted, previousLeaf, segment);
    return {
      difference,
      proof: { index: posted.index, segment, mixedKey: mixed, others, state, inputs },
    };
  }
  return undefined;
}

/** The hashes of the digest's preimage that the program does not compute itself when `segment` is shown. */
function othersOf(
  arena: Arena,
  posted: CheckpointRecord,
  previousLeaf: Uint8Array,
  segment: number,
): Uint8Array[] {
  const others = segment === 0 ? [] : [previousLeaf];
  for (const [at, { inputs, leaf }] of posted.segments.entries()) {
    if (at !== segment) others.push(arena.sha256(inputs));
    if (at + 1 !== segment) others.push(leaf);
  }
  return others;
}

/** The result and the payments against the rules; the state must be the last one. */
function checkMoney(arena: Arena, record: MatchRecord): Difference | undefined {
  const { result } = record;
  const voided = record.standing === "voided" || record.standing === "cancelled";
  if (result === null || voided) return undefined;
  if (!arena.ended)
    return { what: "end of the match", expected: "a state that has not ended", found: "a result" };
  const { payouts, ...totals } = arena.shareOut(paidBySlot(record));
  for (const name of ["pot", "fee", "burn", "refunded"] as const) {
    if (totals[name] !== result[name]) return amounts(name, totals[name], result[name]);
  }
  for (const [slot, payout] of payouts.entries()) {
    const stated = result.payouts[slot] ?? 0n;
    if (payout !== stated) return amounts(`payout of player ${slot}`, payout, stated);
  }
  for (const { wallet, amount } of record.payments) {
    const slot = record.players.find((player) => player.wallet === wallet)?.slot;
    const payout = slot === undefined ? 0n : (payouts[slot] ?? 0n);
    if (payout !== amount) return amounts(`payment to ${wallet}`, payout, amount);
  }
  return differ("leaf of the result", arena.sha256(arena.state()), result.finalLeaf);
}

function paidBySlot({ players }: MatchRecord): bigint[] {
  const paid = Array<bigint>(players.reduce((most, { slot }) => Math.max(most, slot + 1), 0)).fill(0n);
  for (const player of players) paid[player.slot] = player.paid;
  return paid;
}

function amounts(what: string, expected: bigint, found: bigint): Difference {
  return { what, expected: String(expected), found: String(found) };
}

export function differ(what: string, expected: Uint8Array, found: Uint8Array): Difference | undefined {
  return sameBytes(expected, found) ? undefined : { what, expected: toHex(expected), found: toHex(found) };
}

/** Compares what the rules make with what was `posted`; what they refuse is a difference in words. */
function tryTo(what: string, posted: Uint8Array, make: () => Uint8Array): Difference | undefined {
  try {
    return differ(what, make(), posted);
  } catch (error) {
    if (!(error instanceof ArenaError)) throw error;
    return { what, expected: `nothing: ${error.message}`, found: toHex(posted) };
  }
}
