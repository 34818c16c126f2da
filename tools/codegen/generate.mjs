/**
 * Writes the program's client from the committed IDL.
 *
 *   node generate.mjs [FOLDER]      FOLDER: sdk/src/generated when it is not given
 *
 * The renderer leaves out what the visitors here add: the variable tails of accounts, events, and the
 * addresses that follow from others. What it writes for bundlers is then made plain ECMAScript modules.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rootNodeFromAnchor } from "@codama/nodes-from-anchor";
import { renderVisitor } from "@codama/renderers-js";
import { createFromRoot } from "codama";
import { complete } from "./complete.mjs";
import { plainModules } from "./plain-modules.mjs";
import { writeTables } from "./tables.mjs";

const IDL = new URL("../../idl/aurelius.json", import.meta.url);
const FOLDER = fileURLToPath(new URL("../../sdk/src/generated", import.meta.url));

const folder = process.argv[2] ?? FOLDER;
const idl = JSON.parse(readFileSync(IDL, "utf8"));
const codama = createFromRoot(rootNodeFromAnchor(idl));
complete(codama);
await codama.accept(renderVisitor(folder, { deleteFolderBeforeRendering: true, formatCode: false }));
plainModules(folder);
writeTables(folder, idl);
