import { describe, expect, it } from "vitest";
import { fromBase58, fromHex, toBase58, toHex } from "../src/wire/text.js";

describe("byte strings", () => {
  it("are base58 as on Solana, both ways", () => {
    const wrappedSol = "So11111111111111111111111111111111111111112";
    expect(toBase58(fromBase58(wrappedSol, 32))).toBe(wrappedSol);
    expect(toBase58(new Uint8Array(32))).toBe("1".repeat(32));
    expect(toBase58(Uint8Array.of(0, 0, 1))).toBe("112");
    expect(() => fromBase58("0OIl", 3)).toThrow("not base58");
    expect(() => fromBase58(wrappedSol, 64)).toThrow("not 64 bytes");
    expect(() => fromBase58("z".repeat(500), 32)).toThrow("not 32 bytes");
  });

  it("are hex for hashes", () => {
    expect(toHex(fromHex("00ff10", 3))).toBe("00ff10");
    expect(() => fromHex("00FF10", 3)).toThrow("hex");
    expect(() => fromHex("00ff", 3)).toThrow("hex");
  });
});
