import { readFileSync } from "node:fs";

/** The committed module. */
export const wasm = readFileSync(new URL("../../wasm/arena.wasm", import.meta.url));
