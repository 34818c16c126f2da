export * from "./session/index.js";
export * from "./wire/index.js";
