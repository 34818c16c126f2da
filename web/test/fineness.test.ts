import { describe, expect, it } from "vitest";
import { Fineness } from "../src/board/fineness";

/** Draws `frames` frames `gapMs` apart, from `startMs` on; when it ends. */
function draw(fineness: Fineness, ratio: number, gapMs: number, frames: number, startMs = 0): number {
  for (let frame = 1; frame <= frames; frame += 1) fineness.drawn(startMs + frame * gapMs, ratio);
  return startMs + frames * gapMs;
}

describe("fineness of the board", () => {
  it("is the screen's, but two at most", () => {
    const fineness = new Fineness();
    expect([0.8, 1, 1.5, 2, 3].map((ratio) => fineness.scale(ratio))).toEqual([0.8, 1, 1.5, 2, 2]);
    draw(fineness, 3, 16.7, 2_000);
    expect(fineness.scale(3)).toBe(2);
  });

  it("falls step by step while frames are late for seconds, and not below one", () => {
    const fineness = new Fineness();
    let now = draw(fineness, 3, 33, 239);
    expect(fineness.scale(3), "not before it is sure").toBe(2);
    now = draw(fineness, 3, 33, 2, now);
    expect(fineness.scale(3)).toBe(1.5);
    now = draw(fineness, 3, 33, 241, now);
    expect(fineness.scale(3)).toBe(1);
    draw(fineness, 3, 33, 2_000, now);
    expect(fineness.scale(3)).toBe(1);
  });

  it("skips steps that the screen does not reach", () => {
    const fineness = new Fineness();
    draw(fineness, 1.25, 40, 250);
    expect(fineness.scale(1.25)).toBe(1);
  });

  it("takes no offence at a hidden tab or a hiccup", () => {
    const fineness = new Fineness();
    let now = 0;
    for (let round = 0; round < 20; round += 1) {
      now = draw(fineness, 2, 16.7, 100, now);
      now = draw(fineness, 2, 60, 10, now) + 5_000;
    }
    expect(fineness.scale(2)).toBe(2);
  });
});
