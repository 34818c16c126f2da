import type { Heading, Snapshot, Warrior } from "@aurelius/sdk/wire";
import { describe, expect, it } from "vitest";
import { AHEAD_TICKS_MAX, Prediction } from "../src/play/prediction";

const PACE = { moveTicks: 6, moveFastTicks: 3 };

function warrior(x: number, y: number, heading: Heading, more: Partial<Warrior> = {}): Warrior {
  return { owner: 0, hp: 100, x, y, heading, effect: "none", kills: 0, streak: 0, ...more };
}

function snapshot(tick: number, warriors: readonly Warrior[]): Snapshot {
  const base = { mode: "blitz" as const, ending: "running" as const, side: 32, zone: 1, special: null };
  return { ...base, tick, capacity: 20, warriors, powerUps: [] };
}

/** A warrior that stands still and has been seen for a while. */
function standing(x: number, y: number, others: readonly Warrior[] = []): Prediction {
  const prediction = new Prediction(PACE);
  for (let tick = 90; tick <= 100; tick += 1) {
    prediction.observe(snapshot(tick, [warrior(x, y, 0), ...others]), [0]);
  }
  return prediction;
}

describe("prediction", () => {
  it("moves one's own warrior on the tick on which the input is expected", () => {
    const prediction = standing(10, 10);
    prediction.sent(0, 3, 102);
    expect(prediction.place(0, 101.9, 0)).toMatchObject({ x: 10, y: 10 });
    expect(prediction.place(0, 105, 16)).toMatchObject({ x: 10.5, y: 10 });
    expect(prediction.place(0, 108, 32)).toMatchObject({ x: 11, y: 10 });
    expect(prediction.heading(0)).toBe(3);
  });

  it("walks on at the rules' pace and stops at a wall", () => {
    const prediction = standing(31, 10);
    prediction.sent(0, 3, 101);
    expect(prediction.place(0, 107, 0)?.x).toBe(32);
    expect(prediction.place(0, 112, 16)?.x).toBe(32);
  });

  it("does not walk into a warrior that stands there", () => {
    const prediction = standing(10, 10, [warrior(11, 10, 0, { owner: 1 })]);
    prediction.sent(0, 3, 101);
    expect(prediction.place(0, 110, 0)).toMatchObject({ x: 10, y: 10 });
  });

  it("infers from frames when the warrior may step next", () => {
    const prediction = standing(10, 10);
    prediction.observe(snapshot(101, [warrior(11, 10, 3)]), [0]);
    prediction.observe(snapshot(102, [warrior(11, 10, 3)]), [0]);
    // It stepped on 101, so that the next step is due on 107.
    expect(prediction.place(0, 106.9, 0)?.x).toBeCloseTo(10 + 5.9 / 6, 5);
    expect(prediction.place(0, 110, 16)?.x).toBeCloseTo(11.5, 5);
  });

  it("steps fast with speed and in haste", () => {
    const prediction = new Prediction(PACE);
    for (let tick = 90; tick <= 100; tick += 1) {
      prediction.observe(snapshot(tick, [warrior(10, 10, 0, { effect: "speed" })]), [0]);
    }
    prediction.sent(0, 1, 101);
    expect(prediction.place(0, 104, 0)).toMatchObject({ x: 10, y: 9 });
    expect(prediction.place(0, 107, 16)).toMatchObject({ x: 10, y: 8 });
  });

  it("forgets an input that was refused, and glides back without a jump", () => {
    const prediction = standing(10, 10);
    prediction.sent(0, 3, 101);
    const ahead = prediction.place(0, 107, 0)?.x ?? 0;
    expect(ahead).toBe(11);
    prediction.rejected(0, 3);
    const places = [8, 16, 33, 66, 132, 264].map((ms) => prediction.place(0, 107, ms)?.x ?? 0);
    expect(places[0]).toBeGreaterThan(10.7);
    for (const [index, x] of places.slice(1).entries()) expect(x).toBeLessThan(places[index] ?? ahead);
    expect(places.at(-1)).toBeCloseTo(10, 1);
  });

  it("takes the arena's word for the tick of an ack", () => {
    const prediction = standing(10, 10);
    prediction.sent(0, 3, 101);
    prediction.acked(0, 3, 104);
    expect(prediction.place(0, 103.5, 0)).toMatchObject({ x: 10, y: 10 });
    expect(prediction.place(0, 110, 200)?.x).toBe(11);
  });

  it("says nothing too far ahead, in a brawl, of the dead, and after the end", () => {
    expect(standing(10, 10).place(0, 100 + AHEAD_TICKS_MAX + 1, 0)).toBeUndefined();
    const ring = [-1, 0, 1].flatMap((dx) =>
      [-1, 0, 1].flatMap((dy) => (dx === 0 && dy === 0 ? [] : [warrior(10 + dx, 10 + dy, 0, { owner: 1 })])),
    );
    expect(standing(10, 10, ring).place(0, 101, 0)).toBeUndefined();
    const fallen = standing(10, 10);
    fallen.observe(snapshot(101, [warrior(10, 10, 0, { hp: 0 })]), [0]);
    expect(fallen.place(0, 102, 0)).toBeUndefined();
    const over = standing(10, 10);
    over.observe({ ...snapshot(101, [warrior(10, 10, 0)]), ending: "over" }, [0]);
    expect(over.place(0, 102, 0)).toBeUndefined();
  });
});
