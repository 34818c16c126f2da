/** The rules tables, from the document that everybody can read. */
import { readFileSync } from "node:fs";
import type { Tables } from "./parity.js";

export function tables(): Tables {
  const text = readFileSync(new URL("../../../docs/RULES.md", import.meta.url), "utf8");
  const [blitz, siege] = [new Uint8Array(96), new Uint8Array(96)];
  const rows = text.matchAll(/^\| (\d+) \| (\d+) \| `\w+` \| (\[[\d, ]+\]|\d+) \| (\[[\d, ]+\]|\d+) \|$/gm);
  for (const [, offset, bytes, inBlitz, inSiege] of rows) {
    put(blitz, Number(offset), Number(bytes), JSON.parse(inBlitz ?? "0"));
    put(siege, Number(offset), Number(bytes), JSON.parse(inSiege ?? "0"));
  }
  return { blitz, siege };
}

function put(table: Uint8Array, offset: number, bytes: number, value: number | number[]): void {
  const values = Array.isArray(value) ? value : [value];
  const width = bytes / values.length;
  values.forEach((number, index) => {
    for (let byte = 0; byte < width; byte += 1)
      table[offset + index * width + byte] = (number >> (8 * byte)) & 255;
  });
}
