/**
 * The page reads a few fields of the rules table; where they lie is `arena::Rules`' business. The
 * offsets are checked against that struct's source, so that a new field cannot shift them silently.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseRules, phaseAt } from "../src/match/rules";

const SIZES: Record<string, number> = { u8: 1, u16: 2, "[u16; 3]": 6, "[u8; 12]": 12 };

/** Offset of every field, and the length, from the Rust struct (`repr(C)`, no padding). */
function layout(): { readonly offsets: Map<string, number>; readonly length: number } {
  const source = readFileSync(new URL("../../arena/src/rules.rs", import.meta.url), "utf8");
  const body = /pub struct Rules \{([\s\S]*?)\n\}/.exec(source)?.[1] ?? "";
  const offsets = new Map<string, number>();
  let length = 0;
  for (const [, name, type] of body.matchAll(/^ {4}pub (\w+): (.+),$/gm)) {
    const size = SIZES[type ?? ""];
    if (name === undefined || size === undefined) throw new Error(`unknown type of ${name}: ${type}`);
    offsets.set(name, length);
    length += size;
  }
  return { offsets, length };
}

/** A table with the fields that differ from zero. */
function table(fields: Readonly<Record<string, number>>): number[] {
  const { offsets, length } = layout();
  const bytes = new DataView(new ArrayBuffer(length));
  const wide = new Set([
    "length_ticks",
    "segment_ticks",
    "late_entry_ticks",
    "fee_bps",
    "burn_bps",
    "place_bps",
    "hp_max_centi",
    "move_ticks",
    "move_fast_ticks",
    "shrink_start_ticks",
    "shrink_every_ticks",
  ]);
  for (const [name, value] of Object.entries(fields)) {
    const offset = offsets.get(name);
    if (offset === undefined) throw new Error(`the rules have no field ${name}`);
    if (wide.has(name)) bytes.setUint16(offset, value, true);
    else bytes.setUint8(offset, value);
  }
  return [...new Uint8Array(bytes.buffer)];
}

const BLITZ = {
  version: 1,
  arena_side: 32,
  zone_side_final: 16,
  segments_per_checkpoint: 2,
  length_ticks: 5400,
  segment_ticks: 60,
  late_entry_ticks: 1,
  fee_bps: 300,
  burn_bps: 200,
  place_bps: 9500,
  hp_max_centi: 10_000,
  move_ticks: 6,
  move_fast_ticks: 3,
  shrink_start_ticks: 2700,
  shrink_every_ticks: 300,
};

describe("the rules table", () => {
  it("is read at the arena's offsets", () => {
    expect(parseRules(table(BLITZ))).toEqual({
      arenaSide: 32,
      zoneSideFinal: 16,
      lengthTicks: 5400,
      checkpointTicks: 120,
      checkpointCount: 45,
      lateEntryTicks: 1,
      feeBps: 300,
      burnBps: 200,
      placeBps: [9500, 0, 0],
      healthMax: 10_000,
      moveTicks: 6,
      moveFastTicks: 3,
      shrinkStartTick: 2700,
      shrinkEveryTicks: 300,
    });
  });

  it("is refused in another version or length", () => {
    expect(() => parseRules(table({ ...BLITZ, version: 2 }))).toThrow("version 2");
    expect(() => parseRules([1, 2, 3])).toThrow("96 bytes");
  });

  it("tells the phase of the battle", () => {
    const rules = parseRules(table(BLITZ));
    expect(phaseAt(rules, 0)).toEqual({ name: "Open field", note: "zone closes in 45 s" });
    expect(phaseAt(rules, 2700)).toEqual({ name: "Closing in", note: "next ring in 5 s" });
    expect(phaseAt(rules, 2750).note).toBe("next ring in 5 s");
    expect(phaseAt(rules, 2990).note).toBe("next ring in 1 s");
    expect(phaseAt(rules, 2700 + 7 * 300).name).toBe("Last ring");
  });
});
