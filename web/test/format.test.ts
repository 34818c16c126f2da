import { describe, expect, it } from "vitest";
import { amountText, moneyText, shareOf } from "../src/format/money";
import { shortKey } from "../src/format/short";
import { agoText, clockText, untilText } from "../src/format/time";

describe("money", () => {
  it.each([
    [0n, 6, "0"],
    [1n, 6, "0.000001"],
    [5_000_000n, 6, "5"],
    [47_500_000n, 6, "47.5"],
    [1_234_567_890_000n, 6, "1\u202f234\u202f567.89"],
    [18_446_744_073_709_551_615n, 9, "18\u202f446\u202f744\u202f073.709551615"],
    [42n, 0, "42"],
  ])("%s with %s decimals", (amount, decimals, text) => {
    expect(amountText(amount, { decimals, symbol: "AUR" })).toBe(text);
  });

  it("names the token when it has a name", () => {
    expect(moneyText(1_500n, { decimals: 3, symbol: "AUR" })).toBe("1.5\u00a0AUR");
    expect(moneyText(1_500n, { decimals: 3, symbol: "" })).toBe("1.5");
  });

  it("rounds shares down, as the program does", () => {
    expect(shareOf(999n, 9_500)).toBe(949n);
    expect(shareOf(18_446_744_073_709_551_615n, 9_500)).toBe(17_524_406_870_024_074_034n);
  });
});

describe("time", () => {
  it.each([
    [5400, "1:30"],
    [5399, "1:30"],
    [5340, "1:29"],
    [1, "0:01"],
    [0, "0:00"],
    [-60, "0:00"],
    [18_000, "5:00"],
  ])("%s ticks are %s", (ticks, text) => {
    expect(clockText(ticks)).toBe(text);
  });

  it("says how long ago and how soon", () => {
    expect([0, 59, 61, 3_700, 90_000].map((s) => agoText(0, s * 1000))).toEqual([
      "0 s ago",
      "59 s ago",
      "1 min ago",
      "1 h ago",
      "1 d ago",
    ]);
    expect([-5, 0, 12, 90, 4_000].map((s) => untilText(s * 1000, 0))).toEqual([
      "now",
      "now",
      "in 12 s",
      "in 1 min",
      "in 1 h 6 min",
    ]);
  });
});

describe("keys", () => {
  it("are shortened without losing short ones", () => {
    expect(shortKey("So11111111111111111111111111111111111111112")).toBe("So11…1112");
    expect(shortKey("abcdefghi")).toBe("abcdefghi");
  });
});
