import type { MatchDetail, Snapshot } from "@aurelius/sdk/wire";
import { describe, expect, it } from "vitest";
import { type Death, WatchedMatch } from "../src/match/watched";
import { lineOf } from "../src/view/spoken";

const death = (victimOwner: number, attackerOwner: number | undefined): Death => ({
  tick: 1,
  victim: 0,
  victimOwner,
  attackerOwner,
  cause: "combat",
  streak: 0,
});

function match(): WatchedMatch {
  const made = new WatchedMatch("key");
  made.setDetail({
    rules: [],
    deaths: [],
    checkpoints: [],
    players: [{ slot: 2, wallet: "7xKXabcdefghijklmnopqrstuvwxyz3fQp" }],
  } as unknown as MatchDetail);
  made.snapshot = { warriors: [{ hp: 5 }, { hp: 0 }, { hp: 9 }] } as unknown as Snapshot;
  return made;
}

describe("what is said of the fallen", () => {
  it("counts those of others", () => {
    expect(lineOf([death(2, 3)], match(), undefined)).toBe("A warrior has fallen. 2 of 3 stand.");
    expect(lineOf([death(2, 3), death(3, undefined)], match(), 1)).toBe(
      "2 warriors have fallen. 2 of 3 stand.",
    );
  });

  it("tells one's own by name, first", () => {
    expect(lineOf([death(3, 4), death(1, 2), death(2, 1), death(1, undefined)], match(), 1)).toBe(
      "A warrior of yours has fallen to 7xKX…3fQp. You struck down a warrior of 7xKX…3fQp. " +
        "A warrior of yours has fallen. A warrior has fallen. 2 of 3 stand.",
    );
  });
});
