/** Written by tools/codegen from idl/aurelius.json: do not edit. */
export * from "./accounts/index.js";
export * from "./error-codes.js";
export * from "./errors/index.js";
export * from "./events.js";
export * from "./instructions/index.js";
export * from "./pdas/index.js";
export * from "./programs/index.js";
export * from "./types/index.js";
