import { describe, expect, it } from "vitest";
import type { Snapshot, Tick, Warrior } from "../src/wire/snapshot.js";
import type { Delta } from "../src/wire/frame.js";
import { applyDelta, FrameState } from "../src/wire/frame-state.js";

const WARRIOR: Warrior = { owner: 0, hp: 100, x: 3, y: 4, heading: 0, effect: "none", kills: 0, streak: 0 };
const SNAPSHOT: Snapshot = {
  tick: 10,
  mode: "blitz",
  ending: "running",
  side: 32,
  zone: 1,
  special: null,
  capacity: 3,
  warriors: [WARRIOR, { ...WARRIOR, owner: 1, x: 9 }],
  powerUps: [null, { kind: "heal", x: 1, y: 1 }],
};
const DELTA: Delta = {
  kind: "delta",
  tick: 11,
  present: 2,
  warriors: [],
  entered: [],
  powerUps: [],
  events: [],
};

describe("applying a delta", () => {
  it("changes what it names and shares the rest", () => {
    const after = applyDelta(SNAPSHOT, {
      ...DELTA,
      warriors: [{ warrior: 1, cell: [10, 4], hp: 42 }],
      powerUps: [{ slot: 1, powerUp: null }],
      zone: 2,
      special: { kind: "haste", until: 300 },
    });
    expect(after.tick).toBe(11);
    expect(after.warriors[1]).toEqual({ ...WARRIOR, owner: 1, x: 10, hp: 42 });
    expect(after.warriors[0]).toBe(SNAPSHOT.warriors[0]);
    expect(after.powerUps).toEqual([null, null]);
    expect(after.zone).toBe(2);
    expect(after.special).toEqual({ kind: "haste", until: 300 });
    expect(SNAPSHOT.warriors[1]?.hp).toBe(100);
    expect(SNAPSHOT.powerUps[1]).not.toBeNull();
  });

  it("tells “no special event” from “unchanged”", () => {
    const special = { ...SNAPSHOT, special: { kind: "calm", until: 99 } } as const;
    expect(applyDelta(special, DELTA).special).toEqual({ kind: "calm", until: 99 });
    expect(applyDelta(special, { ...DELTA, special: null }).special).toBeNull();
  });

  it("appends late warriors, up to the capacity", () => {
    expect(applyDelta(SNAPSHOT, { ...DELTA, entered: [WARRIOR] }).warriors).toHaveLength(3);
    expect(() => applyDelta(SNAPSHOT, { ...DELTA, entered: [WARRIOR, WARRIOR] })).toThrow("capacity");
  });

  it("refuses a gap, another roster and an unknown slot", () => {
    expect(() => applyDelta(undefined, DELTA)).toThrow("before any keyframe");
    expect(() => applyDelta(SNAPSHOT, { ...DELTA, tick: 13 })).toThrow("continues with tick 11");
    expect(() => applyDelta(SNAPSHOT, { ...DELTA, present: 1 })).toThrow("number of warriors");
    expect(() => applyDelta(SNAPSHOT, { ...DELTA, powerUps: [{ slot: 5, powerUp: null }] })).toThrow(
      "slot is 5",
    );
  });
});

describe("receiving", () => {
  it("leaves out deltas across a gap and goes on", () => {
    const state = new FrameState();
    const taken: Tick[] = [];
    // A delta for tick 1 with nobody in it: 0x11, tick, 0 warriors, nothing else.
    const skipped = state.receive(Uint8Array.of(0x11, 1, 0, 0, 0), (tick) => taken.push(tick));
    expect(skipped).toBe(1);
    expect(taken).toEqual([]);
    expect(state.tick).toBeUndefined();
  });

  it("refuses another version and a control message", () => {
    const state = new FrameState();
    expect(() => state.receive(Uint8Array.of(0x20), () => undefined)).toThrow("version 2");
    expect(() => state.receive(Uint8Array.of(0x13), () => undefined)).toThrow("kind 3");
    expect(() => state.receive(new Uint8Array(), () => undefined)).toThrow("cut short");
  });

  it("survives random bytes", () => {
    const state = new FrameState();
    let seed = 12_345;
    const byte = (): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed >>> 24;
    };
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = Uint8Array.from({ length: byte() % 64 }, byte);
      if (bytes.length > 0) bytes[0] = 0x10 | (round % 3);
      try {
        state.receive(bytes, () => undefined);
      } catch (error) {
        expect((error as Error).name).toBe("WireError");
      }
    }
  });
});
