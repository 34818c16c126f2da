/**
 * Makes the renderer's output load without a bundler: imports that name their file, no conditions on
 * `process.env` (which browsers do not have, and which take the error texts out of production builds).
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export function plainModules(folder) {
  for (const file of readdirSync(folder, { recursive: true })) {
    const path = join(folder, file);
    if (!path.endsWith(".ts")) continue;
    const source = readFileSync(path, "utf8");
    writeFileSync(path, withoutConditions(withFiles(source, dirname(path))));
  }
}

/** `from "./x"` becomes `from "./x.js"`, or `from "./x/index.js"` for a folder. */
function withFiles(source, folder) {
  return source.replace(/(from\s+)(["'])(\.[^"']*)\2/g, (_whole, from, quote, target) => {
    const path = join(folder, target);
    const file = existsSync(path) && statSync(path).isDirectory() ? `${target}/index.js` : `${target}.js`;
    return `${from}${quote}${file.replace("//", "/")}${quote}`;
  });
}

function withoutConditions(source) {
  if (!source.includes("process.env")) return source;
  const condition =
    /if \(process\.env\.NODE_ENV !== ['"]production['"]\) \{\s*([^{}]*(?:\{[^{}]*\}[^{}]*)?)\}/g;
  const plain = source
    .replace(condition, "$1")
    .replace(/return 'Error message not available[^;]*;[^\n]*\n?/g, "");
  if (plain.includes("process.env"))
    throw new Error("the renderer asks `process.env` in a way that is not known here");
  return plain;
}
