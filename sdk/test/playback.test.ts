/** A match played again: the same ticks however one gets there, and every lie found where it is. */
import { readFileSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Arena } from "../src/arena/arena.js";
import { checkRecord } from "../src/arena/check.js";
import { Playback } from "../src/arena/playback.js";
import type { MatchRecord } from "../src/arena/record.js";
import { readReplay } from "../src/arena/replay-file.js";
import { eventsOf } from "../src/arena/view.js";
import { aliveCount, type Tick } from "../src/wire/snapshot.js";
import { fromHex, toHex } from "../src/wire/text.js";
import { honest } from "./support/synthetic.js";
import { wasm } from "./support/wasm.js";

let arena: Arena;
let record: MatchRecord;
let playback: Playback;

beforeAll(async () => {
  record = honest(await Arena.load(wasm), Array<bigint>(20).fill(5_000_000n));
});

beforeEach(async () => {
  arena = await Arena.load(wasm);
  playback = new Playback(arena, record);
});

/** Every tick of the match, in order. */
function all(from: Playback): Tick[] {
  const ticks = [from.show()];
  while (from.step()) ticks.push(from.show());
  return ticks;
}

describe("a playback", () => {
  it("makes every tick once, and is green to the end", () => {
    const ticks = all(playback);
    expect(ticks.map(({ snapshot }) => snapshot.tick)).toEqual(ticks.map((_, index) => index));
    expect(playback.verdicts).toEqual(record.checkpoints.map(() => "green"));
    expect(playback.ended).toBe(true);
    expect(playback.difference).toBeUndefined();
    const last = ticks.at(-1)?.snapshot;
    expect(last?.ending).not.toBe("running");
    const dead = (last?.warriors.length ?? 0) - (last === undefined ? 0 : aliveCount(last));
    expect(playback.falls().length).toBe(dead);
    expect(dead).toBeGreaterThan(0);
    expect(ticks.at(-1)?.events.some(({ kind }) => kind === "ended")).toBe(true);
  });

  it("ends where the record's own check ends", async () => {
    while (playback.step());
    const report = checkRecord(await Arena.load(wasm), record);
    expect(toHex(arena.state())).toBe(toHex(report.finalState));
  });

  it("shows the same tick however one gets to it", () => {
    const straight = all(playback).map(({ snapshot }) => snapshot);
    for (const target of [1000, 59, 60, 61, 0, 2500, 2499, 119, 1]) {
      expect(playback.seek(target)).toBe(true);
      expect(playback.show().snapshot).toEqual(straight[target]);
    }
  });

  it("goes far in portions, and checks what it passes", () => {
    const target = 10 * playback.segmentTicks;
    let portions = 1;
    while (!playback.seek(target, 100)) portions += 1;
    expect([playback.tick, portions]).toEqual([target, 6]);
    expect(playback.verdicts.slice(0, 6)).toEqual(["green", "green", "green", "green", "green", undefined]);
  });

  it("stops at the end when asked for more", () => {
    expect(playback.seek(1_000_000)).toBe(true);
    expect(playback.ended).toBe(true);
    expect(playback.tick).toBe(playback.lastTick);
  });

  it("tells of the fallen only up to where it stands", () => {
    while (playback.step());
    const [last, ...before] = playback.falls();
    if (last === undefined) throw new Error("nobody fell");
    playback.seek(last.tick - 1);
    expect(playback.falls()).toEqual(before.filter(({ tick }) => tick < last.tick));
  });
});

describe("a lie", () => {
  const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 5 ? byte ^ 1 : byte));
  const changed = (at: number, change: Partial<MatchRecord["checkpoints"][number]>): MatchRecord => ({
    ...record,
    trace: null,
    checkpoints: record.checkpoints.map((posted, index) =>
      index === at ? { ...posted, ...change } : posted,
    ),
  });

  it.each([
    ["leaf", /^leaf of a segment/],
    ["digest", /^digest/],
    ["drip key", /^leaf of a segment|^hash of the drip key/],
  ])("about a %s is red where it is, and nothing is told about what comes after", async (part, words) => {
    const at = 7;
    const posted = record.checkpoints[at];
    if (posted === undefined) throw new Error("too short a match");
    const lies: Record<string, Partial<MatchRecord["checkpoints"][number]>> = {
      leaf: { segments: posted.segments.map((one) => ({ ...one, leaf: flipped(one.leaf) })) },
      digest: { digest: flipped(posted.digest) },
      "drip key": { dripKey: flipped(posted.dripKey) },
    };
    const lying = new Playback(await Arena.load(wasm), changed(at, lies[part] ?? {}));
    while (lying.step());
    expect(lying.verdicts.slice(0, at)).toEqual(Array(at).fill("green"));
    expect(lying.verdicts[at]).toBe("red");
    expect(new Set(lying.verdicts.slice(at + 1))).toEqual(new Set(["unknown"]));
    expect(lying.difference?.what).toMatch(words);
  });

  it("about the genesis is refused before the first tick", async () => {
    const start = record.start && { ...record.start, genesisLeaf: flipped(record.start.genesisLeaf) };
    const other = await Arena.load(wasm);
    expect(() => new Playback(other, { ...record, start })).toThrow(/^genesis state/);
  });
});

describe("events", () => {
  it("are read as frames carry them", () => {
    const bytes = [0, 3, 4, 7, 1, 3, 4, 2, 2, 4, 2, 0, 3, 5, 4, 0, 4, 1, 0, 0, 9, 0, 0, 0];
    expect(eventsOf(Uint8Array.from(bytes))).toEqual([
      { kind: "hit", attacker: 3, target: 4, damage: 7 },
      { kind: "kill", attacker: 3, victim: 4, streak: 2 },
      { kind: "died", warrior: 4, cause: "zone" },
      { kind: "pickup", warrior: 5, power: "heal" },
      { kind: "ended", reason: "full_time" },
    ]);
  });
});

describe("a replay file", () => {
  const [head = "", ...lines] = readFileSync(
    new URL("../../protocol/tests/golden/file_replay.txt", import.meta.url),
    "utf8",
  ).split("\n");
  const text = lines.slice(0, lines.indexOf("{"));
  const file = fromHex(text.join(""), Number(/, (\d+) bytes/.exec(head)?.[1]));
  const json = JSON.parse(lines.slice(lines.indexOf("{")).join("\n"));

  it("is read as the command writes it", async () => {
    const read = await readReplay(arena, file);
    expect([...read.rules]).toEqual(json.rules);
    expect([...(read.start?.owners ?? [])]).toEqual(json.owners.slice(0, json.warriors_at_start));
    expect(read.start?.capacity).toBe(json.capacity);
    expect(toHex(read.start?.seed ?? new Uint8Array())).toBe(json.seed);
    expect(toHex(read.start?.value ?? new Uint8Array())).toBe(json.randomness);
    expect(toHex(read.dripRoot)).toBe(json.drip_root);
    expect(read.players.map(({ wallet, slot, warriors }) => ({ wallet, slot, warriors }))).toEqual(
      json.players.map(({ wallet, slot, warriors }: Record<string, unknown>) => ({ wallet, slot, warriors })),
    );
    expect(read.checkpoints.map(({ digest, signature }) => [toHex(digest), signature])).toEqual(
      json.checkpoints.map((one: Record<string, string>) => [one["digest"], one["posted_in"] ?? ""]),
    );
    expect(read.checkpoints[0]?.segments.map(({ inputs, leaf }) => [[...inputs], toHex(leaf)])).toEqual(
      json.checkpoints[0].segments.map((one: { inputs: number[]; leaf: string }) => [one.inputs, one.leaf]),
    );
  });

  it("that is cut or damaged is refused", async () => {
    for (const length of [0, 7, 11, 12, 100, file.length - 1])
      await expect(readReplay(arena, file.slice(0, length))).rejects.toThrow(/replay/);
    for (const at of [0, 9, 40, 300, file.length - 1]) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await expect(readReplay(arena, damaged)).rejects.toThrow(/replay/);
    }
  });
});
