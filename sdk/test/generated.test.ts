/** The committed client of the program comes from the committed IDL. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const TOOL = fileURLToPath(new URL("../../tools/codegen/generate.mjs", import.meta.url));
const COMMITTED = fileURLToPath(new URL("../src/generated", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "aurelius-generated-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function filesOf(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

it("is generated anew by `npm run generate -w aurelius-sdk-codegen` without a difference", () => {
  execFileSync(process.execPath, [TOOL, scratch]);
  const [fresh, committed] = [filesOf(scratch), filesOf(COMMITTED)];
  expect([...committed.keys()]).toEqual([...fresh.keys()]);
  for (const [name, text] of fresh) expect(committed.get(name), name).toBe(text);
}, 60_000);
