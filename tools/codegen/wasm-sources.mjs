/**
 * The hash of everything that arena.wasm comes from: sources and manifests of `arena` and
 * `arena-wasm`, the locked versions of what they use, and the compiler's tools.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const FOLDERS = ["arena/src", "arena-wasm/src"];
const FILES = [
  "arena/Cargo.toml",
  "arena-wasm/Cargo.toml",
  "arena-wasm/build.rs",
  "tools/sbf/build",
  "tools/codegen/strip-wasm.mjs",
];
/** What the two crates use from elsewhere, and what that uses. */
const LOCKED = [
  "bytemuck",
  "bytemuck_derive",
  "sha2",
  "digest",
  "block-buffer",
  "crypto-common",
  "generic-array",
  "typenum",
];

export function sourceHash() {
  const hash = createHash("sha256");
  for (const path of [...FOLDERS.flatMap(sourcesOf), ...FILES].sort()) {
    const bytes = path.endsWith("Cargo.toml") ? Buffer.from(reaching(read(path).toString())) : read(path);
    hash.update(`${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.update(locked()).digest("hex");
}

const read = (path) => readFileSync(new URL(path, ROOT));

/** Rust files of a folder, tests apart. */
function sourcesOf(folder) {
  return readdirSync(fileURLToPath(new URL(folder, ROOT)), { recursive: true })
    .filter((name) => name.endsWith(".rs") && !/(^|\/)tests(\.rs|\/)/.test(name))
    .map((name) => `${folder}/${name}`);
}

/** A manifest up to what only tests and lints read. */
function reaching(manifest) {
  return manifest
    .split(/\n(?=\[)/)
    .filter((section) => !section.startsWith("[dev-dependencies]") && !section.startsWith("[lints]"))
    .join("\n");
}

/** Name, version and checksum of the packages in `LOCKED`. */
function locked() {
  return read("Cargo.lock")
    .toString()
    .split("[[package]]\n")
    .filter((entry) => LOCKED.includes(/^name = "(.*)"/.exec(entry)?.[1] ?? ""))
    .map((entry) => entry.split("dependencies = [")[0])
    .join("");
}
