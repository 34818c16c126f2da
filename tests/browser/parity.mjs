/**
 * The rules in WebAssembly in a real Chromium, in a page and in a Web Worker, against the native ones.
 *
 *   node parity.mjs
 *
 * Serves the SDK's modules as they are written, their types taken off. Ends with status 0 only if every line of
 * arena-wasm/tests/vectors/parity.txt comes out in both places.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { openBrowser } from "./browser.mjs";

const ROOT = new URL("../../", import.meta.url);
const TICKS_MIN = 100_000;

/** Runs in the page and in the worker. */
const RUN = `
  import { Arena } from "/sdk/src/arena/arena.js";
  import { parityLine } from "/sdk/test/support/parity.js";
  export async function run({ count, blitz, siege }) {
    const arena = await Arena.load(fetch("/sdk/wasm/arena.wasm"));
    const tables = { blitz: Uint8Array.from(blitz), siege: Uint8Array.from(siege) };
    return Array.from({ length: count }, (_, index) => parityLine(arena, tables, index + 1));
  }`;
const WORKER = `import { run } from "/run.js"; onmessage = async ({ data }) => postMessage(await run(data));`;
const PAGE = "<!doctype html><title>parity</title>";
const MADE = {
  "/": [PAGE, "text/html"],
  "/run.js": [RUN, "text/javascript"],
  "/worker.js": [WORKER, "text/javascript"],
};

/** A module without its types. */
function javascript(source) {
  const options = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
  };
  return ts.transpileModule(source, { compilerOptions: options }).outputText;
}

function answer(path) {
  if (MADE[path] !== undefined) return MADE[path];
  const file = new URL(`.${path}`, ROOT);
  if (path.endsWith(".wasm")) return [readFileSync(file), "application/wasm"];
  const source = new URL(file.href.replace(/\.js$/, ".ts"));
  return existsSync(source) ? [javascript(readFileSync(source, "utf8")), "text/javascript"] : undefined;
}

const server = createServer(({ url }, response) => {
  const found = answer(url ?? "/");
  response.writeHead(found === undefined ? 404 : 200, { "content-type": found?.[1] ?? "text/plain" });
  response.end(found?.[0]);
});

/** The rules tables, from the module that the tests in Node.js use. */
async function tables() {
  const rules = readFileSync(new URL("sdk/test/support/rules.ts", ROOT), "utf8");
  const here = rules.replace(
    "import.meta.url",
    JSON.stringify(new URL("sdk/test/support/rules.ts", ROOT).href),
  );
  const module = await import(`data:text/javascript,${encodeURIComponent(javascript(here))}`);
  const { blitz, siege } = module.tables();
  return { blitz: [...blitz], siege: [...siege] };
}

await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const { page, close } = await openBrowser();
try {
  const vectors = fileURLToPath(new URL("arena-wasm/tests/vectors/parity.txt", ROOT));
  const expected = readFileSync(vectors, "utf8").trim().split("\n");
  const task = { count: expected.length, ...(await tables()) };
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const inPage = await page.evaluate(async (data) => (await import("/run.js")).run(data), task);
  const inWorker = await page.evaluate(
    (data) =>
      new Promise((resolve, reject) => {
        const worker = new Worker("/worker.js", { type: "module" });
        worker.onmessage = (event) => resolve(event.data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(data);
      }),
    task,
  );
  assert.deepEqual(inPage, expected);
  assert.deepEqual(inWorker, expected);
  const ticks = expected.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
  assert(ticks >= TICKS_MIN, `${ticks} ticks are too few`);
  console.log(`parity: ok: ${ticks} ticks in a page and in a worker are as the native rules make them`);
} finally {
  await close();
  server.close();
}
