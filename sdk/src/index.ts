/**
 * Everything of Aurelius for TypeScript. The same modules are entries of their own, for pages that
 */
export * from "./program/index.js";
export * from "./session/index.js";
export * from "./wire/index.js";
