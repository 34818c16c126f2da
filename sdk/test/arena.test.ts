/** The committed module against its sources, the native rules and its own promises. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { Arena, ArenaError, compileArena } from "../src/arena/arena.js";
import { toHex } from "../src/wire/text.js";
import { parityLine } from "./support/parity.js";
import { tables } from "./support/rules.js";
import { wasm } from "./support/wasm.js";
// @ts-expect-error a tool of plain JavaScript
import { sourceHash } from "../../tools/codegen/wasm-sources.mjs";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");

describe("the committed module", () => {
  const manifest = JSON.parse(read("sdk/wasm/manifest.json")) as Record<string, unknown>;

  it("comes from these sources: run `make wasm` and commit what it writes", () => {
    expect(manifest["source_hash"]).toBe(sourceHash());
    expect(manifest["sha256"]).toBe(createHash("sha256").update(wasm).digest("hex"));
  });

  it("is at most 60 kB, and imports nothing", async () => {
    expect(wasm.length).toBeLessThanOrEqual(60_000);
    expect(WebAssembly.Module.imports(await compileArena(wasm))).toEqual([]);
  });
});

describe("the rules in WebAssembly", () => {
  let arena: Arena;

  beforeAll(async () => {
    arena = await Arena.load(wasm);
  });

  it("give what the native rules give, over 100,000 random ticks", () => {
    const expected = read("arena-wasm/tests/vectors/parity.txt").trim().split("\n");
    const rules = tables();
    const found = expected.map((_, index) => parityLine(arena, rules, index + 1));
    expect(found).toEqual(expected);
    const ticks = found.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
    expect(ticks).toBeGreaterThanOrEqual(100_000);
  });

  it("give all leaves of the golden Blitz of idlers", () => {
    const [head, ...lines] = read("arena/tests/golden/blitz_of_idlers.txt").trim().split("\n");
    const { blitz } = tables();
    expect(head).toBe(`rules ${toHex(arena.sha256(blitz))}`);
    const { seed, drip } = idlers(arena);
    const owners = [0, 0, 1, 1, 2, 2];
    const leaves = [arena.start(blitz, owners, 6, seed)];
    while (!arena.ended) {
      const index = Math.floor((leaves.length - 1) / 2);
      const key = arena.sha256(seed, arena.sha256(drip, Uint8Array.of(index, 0, 0, 0)));
      leaves.push(arena.segment(key, [0], owners));
    }
    const places = [...arena.places()].filter((place) => place > 0);
    expect([...leaves.map(toHex), places.join(" ")]).toEqual(
      lines.map((line) => line.replace(/^places /, "").replace(/^ *\d+ ([0-9a-f]{64}).*$/, "$1")),
    );
  });

  it("make sixty ticks of a segment", async () => {
    const other = await Arena.load(wasm);
    const { blitz } = tables();
    const seed = new Uint8Array(32).fill(5);
    for (const one of [arena, other]) one.start(blitz, [0, 1, 1], 3, seed);
    const leaf = arena.segment(seed, [0], [0, 1, 1]);
    for (let tick = 1; tick <= 60; tick += 1) expect(other.tick(seed, [0], [0, 1, 1])).toBe(tick);
    expect(toHex(other.load(blitz, other.state()))).toBe(toHex(leaf));
  });

  it("refuse with words and change nothing", () => {
    const { blitz } = tables();
    arena.start(blitz, [0, 1], 2, new Uint8Array(32));
    const before = toHex(arena.state());
    expect(() => arena.segment(new Uint8Array(32), [1], [0, 1])).toThrow(ArenaError);
    expect(() => arena.segment(new Uint8Array(32), [0, 0], [0, 1])).toThrow(ArenaError);
    expect(() => arena.shareOut([1n, 1n])).toThrow(/has ended/);
    expect(() => arena.segment(new Uint8Array(32), new Uint8Array(7000), [0, 1])).toThrow(RangeError);
    expect(toHex(arena.state())).toBe(before);
    expect(() => arena.start(blitz.subarray(1), [0, 1], 2, new Uint8Array(32))).toThrow(ArenaError);
  });

  it("does not take a page for the module", async () => {
    const page = new Response("<html>", { headers: { "content-type": "text/html" } });
    await expect(Arena.load(page)).rejects.toThrow("was not served");
  });
});

/** Seed and drip secret as `arena/tests/playing` draws them for lot 4: splitmix64. */
function idlers(arena: Arena): { seed: Uint8Array; drip: Uint8Array } {
  let state = 4n;
  const next = (): Uint8Array => {
    const mask = (1n << 64n) - 1n;
    state = (state + 0x9e3779b97f4a7c15n) & mask;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
    z ^= z >> 31n;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, z, true);
    return bytes;
  };
  const ascii = (text: string) => new TextEncoder().encode(text);
  const value = arena.sha256(ascii("value"), next());
  const seed = arena.sha256(ascii("aurelius:seed"), new Uint8Array(32).fill(7), value);
  return { seed, drip: arena.sha256(ascii("drip"), next()) };
}
