/**
 * What the built page weighs, compressed, against its budget: at first load, and everything together.
 *
 *   node size.mjs     # after a build; status 1 when a budget is exceeded
 */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** kB of 1,000 bytes, gzip -9. */
const BUDGET_KB = { first: 120, all: 220 };
const assets = new URL("dist/assets/", import.meta.url);
const sizes = readdirSync(assets).map((name) => ({
  name,
  kb: gzipSync(readFileSync(new URL(name, assets)), { level: 9 }).length / 1000,
}));
const sum = (files) => files.reduce((total, { kb }) => total + kb, 0);
// The proof's worker and the arena are fetched when somebody verifies.
const first = sum(sizes.filter(({ name }) => name.startsWith("index-")));
const all = sum(sizes);
console.log(
  `page: ${first.toFixed(1)} kB at first load (at most ${BUDGET_KB.first}), ${all.toFixed(1)} kB in all (at most ${BUDGET_KB.all})`,
);
process.exit(first > BUDGET_KB.first || all > BUDGET_KB.all ? 1 : 0);
