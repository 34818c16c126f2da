/**
 * Everything of Aurelius for TypeScript. The same modules are entries of their own, for pages that
 * load only what they need: `./program`, `./wire`, `./session`, `./arena`.
 */
export * from "./arena/index.js";
export * from "./program/index.js";
export * from "./session/index.js";
export * from "./wire/index.js";
