import type { MatchSummary } from "@aurelius/sdk/wire";
import { describe, expect, it } from "vitest";
import { RowClock } from "../src/match/row-clock";

const row = (change: Partial<MatchSummary>): MatchSummary =>
  ({
    match: "m",
    status: "live",
    tick: 0,
    length_ticks: 5400,
    starts_at_ms: 1_000_000,
    ...change,
  }) as MatchSummary;

describe("ticks of the list", () => {
  it("go on from the row, sixty a second, to the end and no further", () => {
    const clock = new RowClock();
    const live = row({ tick: 600 });
    clock.hear([live], 5_000, 1_010_000);
    expect(clock.tick(live, 5_000)).toBe(600);
    expect(clock.tick(live, 15_000)).toBe(1200);
    expect(clock.tick(live, 1_000_000)).toBe(5400);
  });

  it("count from the first hearing of a row, and anew from a new one", () => {
    const clock = new RowClock();
    const first = row({ tick: 60 });
    clock.hear([first], 1_000, 1_001_000);
    clock.hear([first], 9_000, 1_009_000);
    expect(clock.tick(first, 11_000)).toBe(660);
    const second = row({ tick: 700 });
    clock.hear([second], 11_000, 1_011_000);
    expect(clock.tick(second, 11_000)).toBe(700);
  });

  it("wait for a start that lies ahead, but not for a clock that is wrong", () => {
    const clock = new RowClock();
    const soon = row({ starts_at_ms: 1_002_000 });
    clock.hear([soon], 0, 1_000_000);
    expect(clock.tick(soon, 1_999)).toBe(0);
    expect(clock.tick(soon, 3_000)).toBe(60);
    const skewed = row({ starts_at_ms: 9_000_000 });
    clock.hear([skewed], 0, 1_000_000);
    expect(clock.tick(skewed, 1_000)).toBe(60);
  });

  it("stand still in matches that are not live", () => {
    const clock = new RowClock();
    const over = row({ status: "settled", tick: 5400 });
    const open = row({ status: "open" });
    clock.hear([over, open], 0, 1_000_000);
    expect([clock.tick(over, 60_000), clock.tick(open, 60_000)]).toEqual([5400, 0]);
  });
});
