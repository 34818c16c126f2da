/**
 * Writes sdk/wasm/arena.wasm, without what only debuggers read, and its manifest.
 *
 *   node wasm.mjs BUILT TOOLCHAIN
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stripped } from "./strip-wasm.mjs";
import { sourceHash } from "./wasm-sources.mjs";

const [built, toolchain] = process.argv.slice(2);
const folder = new URL("../../sdk/wasm/", import.meta.url);
const module = stripped(readFileSync(built));
const sha256 = createHash("sha256").update(module).digest("hex");
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("arena.wasm", folder), module);
writeFileSync(
  new URL("manifest.json", folder),
  `${JSON.stringify({ source_hash: sourceHash(), toolchain, sha256, bytes: module.length }, null, 2)}\n`,
);
console.log(`${fileURLToPath(new URL("arena.wasm", folder))} ${module.length} bytes sha256 ${sha256}`);
