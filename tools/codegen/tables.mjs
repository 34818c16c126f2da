/** Tables that the renderer has no templates for: events by discriminator, error codes by name. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const HEAD = "/** Written by tools/codegen from idl/aurelius.json: do not edit. */\n";

export function writeTables(folder, idl) {
  writeFileSync(join(folder, "events.ts"), events(idl));
  writeFileSync(join(folder, "error-codes.ts"), errorCodes(idl));
  writeFileSync(
    join(folder, "index.ts"),
    `${HEAD}${[
      "accounts/index",
      "error-codes",
      "errors/index",
      "events",
      "instructions/index",
      "pdas/index",
      "programs/index",
      "types/index",
    ]
      .map((module) => `export * from "./${module}.js";\n`)
      .join("")}`,
  );
}

function events({ events: list }) {
  const names = list.map(({ name }) => name);
  const imports = names.map((name) => `  get${name}EventDecoder,\n  type ${name}Event,\n`).join("");
  const union = names
    .map((name) => `  | { readonly name: "${name}"; readonly data: ${name}Event }\n`)
    .join("");
  const table = list
    .map(({ name, discriminator }) => `  "${hex(discriminator)}": ["${name}", get${name}EventDecoder],\n`)
    .join("");
  return `${HEAD}import type { Decoder } from "@solana/kit";
import {
${imports}} from "./types/index.js";

/** An event of the program, by its name there. */
export type AureliusEvent =
${union};

/** Name and decoder by discriminator in hex; the decoder reads what follows it. */
export const AURELIUS_EVENTS: Readonly<Record<string, readonly [AureliusEvent["name"], () => Decoder<object>]>> = {
${table}};
`;
}

function errorCodes({ errors }) {
  const lines = errors.map(({ code, name, msg }) => `  /** ${msg} */\n  ${name}: ${code},\n`).join("");
  return `${HEAD}
/** The program's own errors. */
export const AureliusErrorCode = {
${lines}} as const;
export type AureliusErrorName = keyof typeof AureliusErrorCode;
`;
}

const hex = (bytes) => Buffer.from(bytes).toString("hex");
