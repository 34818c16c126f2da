/** The rules in WebAssembly, and matches verified by them from the chain alone. */
export * from "./arena.js";
export * from "./check.js";
export * from "./history.js";
export * from "./record.js";
export * from "./verify.js";
