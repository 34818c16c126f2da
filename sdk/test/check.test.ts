/** A record is green as it is, and red with the right words when anything in it is changed. */
import { beforeAll, describe, expect, it } from "vitest";
import { Arena } from "../src/arena/arena.js";
import { checkRecord, type MatchReport, mixedKey } from "../src/arena/check.js";
import type { CheckpointRecord, MatchRecord } from "../src/arena/record.js";
import { honest } from "./support/synthetic.js";
import { wasm } from "./support/wasm.js";

let arena: Arena;
let record: MatchRecord;

beforeAll(async () => {
  arena = await Arena.load(wasm);
  record = honest(arena);
});

const flipped = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, index) => (index === 3 ? byte ^ 1 : byte));

/** The record with checkpoint `at` changed. */
function withCheckpoint(
  at: number,
  change: (posted: CheckpointRecord) => Partial<CheckpointRecord>,
): MatchRecord {
  const checkpoints = record.checkpoints.map((posted, index) =>
    index === at ? { ...posted, ...change(posted) } : posted,
  );
  return { ...record, checkpoints, trace: checkpoints.map(({ digest }) => digest) };
}

/** As an operator would who lies: digests fit what was posted. */
function lie(at: number, change: (posted: CheckpointRecord) => Partial<CheckpointRecord>): MatchRecord {
  return withCheckpoint(at, (posted) => {
    const changed = { ...posted, ...change(posted) };
    const hashes = changed.segments.flatMap(({ inputs, leaf }) => [arena.sha256(inputs), leaf]);
    const previous = record.checkpoints[at - 1]?.segments[1]?.leaf ?? record.start?.genesisLeaf ?? [];
    const domain = new TextEncoder().encode("aurelius:checkpoint");
    const digest = arena.sha256(
      domain,
      [changed.index, 0, 0, 0],
      previous,
      mixedKey(arena, changed),
      ...hashes,
    );
    return { ...changed, digest };
  });
}

function firstRed(report: MatchReport) {
  expect(report.ok).toBe(false);
  const red = report.checkpoints.findIndex(({ verdict }) => verdict === "red");
  report.checkpoints.forEach(({ verdict }, index) => {
    expect(verdict).toBe(index < red ? "green" : index === red ? "red" : "unknown");
  });
  return { red, what: report.checkpoints[red]?.difference?.what, proof: report.checkpoints[red]?.proof };
}

it("an honest match is green, with everybody's payouts", () => {
  const report = checkRecord(arena, record);
  expect(report).toMatchObject({ ok: true, standing: "settled" });
  expect(report.checkpoints.every(({ verdict }) => verdict === "green")).toBe(true);
  expect(report.payouts).toEqual(record.result?.payouts);
  expect(report.payouts?.reduce((sum, amount) => sum + amount, 0n)).toBe(11_400_000n);
});

it("one that has not begun has nothing to be wrong", () => {
  expect(checkRecord(arena, { ...record, start: null, checkpoints: [] })).toMatchObject({
    ok: true,
    payouts: null,
  });
});

describe("a checkpoint is red", () => {
  it.each<[string, (posted: CheckpointRecord) => Partial<CheckpointRecord>]>([
    ["digest", ({ digest }) => ({ digest: flipped(digest) })],
    ["hash of the drip key", ({ dripKey }) => ({ dripKey: flipped(dripKey) })],
    ["number of the checkpoint", () => ({ index: 9 })],
    ["digest", ({ segments }) => ({ segments: segments.slice(1) })],
  ])("%s", (words, change) => {
    expect(firstRed(checkRecord(arena, withCheckpoint(2, change)))).toMatchObject({ red: 2, what: words });
  });

  it("whose trace says something else", () => {
    const trace = record.trace?.map((digest, index) => (index === 4 ? flipped(digest) : digest)) ?? null;
    expect(firstRed(checkRecord(arena, { ...record, trace }))).toMatchObject({
      red: 4,
      what: "digest in the trace account",
    });
  });

  it.each([0, 1])("whose segment %i has a wrong leaf, and it can be proved", (segment) => {
    const lying = lie(3, ({ segments }) => ({
      segments: segments.map((posted, at) =>
        at === segment ? { ...posted, leaf: flipped(posted.leaf) } : posted,
      ),
    }));
    const { red, what, proof } = firstRed(checkRecord(arena, lying));
    expect({ red, what }).toEqual({ red: 3, what: `leaf after segment ${segment}` });
    expect(proof).toMatchObject({ index: 3, segment, inputs: Uint8Array.of(0) });
    expect(proof?.others).toHaveLength(3);
  });

  it("whose inputs the rules refuse", () => {
    const lying = lie(0, ({ segments }) => ({
      segments: segments.map((posted) => ({ ...posted, inputs: Uint8Array.of(1) })),
    }));
    const report = checkRecord(arena, lying);
    expect(firstRed(report)).toMatchObject({ red: 0, what: "leaf after segment 0" });
    expect(report.checkpoints[0]?.difference?.expected).toContain("nothing: ");
  });
});

describe("before and after the ticks", () => {
  it.each<[string, () => Partial<MatchRecord>]>([
    ["hash of the rules table", () => ({ rulesHash: flipped(record.rulesHash) })],
    ["seed", () => ({ match: flipped(record.match) })],
    ["roster", () => ({ players: record.players.slice(1) })],
    [
      "genesis state",
      () => ({ start: record.start && { ...record.start, genesisLeaf: flipped(record.start.genesisLeaf) } }),
    ],
  ])("a wrong start: %s", (words, change) => {
    expect(checkRecord(arena, { ...record, ...change() })).toMatchObject({
      ok: false,
      start: { what: words },
    });
  });

  it.each<[string, () => Partial<MatchRecord>]>([
    ["pot", () => ({ result: record.result && { ...record.result, pot: 1n } })],
    [
      "payout of player 1",
      () => ({
        result: record.result && { ...record.result, payouts: [record.result.payouts[0] ?? 0n, 3n] },
      }),
    ],
    [
      "payment to wallet 0",
      () => ({ payments: record.payments.map((paid) => ({ ...paid, amount: paid.amount + 1n })) }),
    ],
    [
      "leaf of the result",
      () => ({ result: record.result && { ...record.result, finalLeaf: flipped(record.result.finalLeaf) } }),
    ],
    ["end of the match", () => ({ checkpoints: record.checkpoints.slice(0, 3) })],
  ])("wrong money: %s", (words, change) => {
    expect(checkRecord(arena, { ...record, ...change() })).toMatchObject({
      ok: false,
      money: { what: words },
    });
  });
});
