/** The escrow program: its accounts, events and errors, and everything a person does with a match. */
export * from "../generated/index.js";
export * from "./accounts.js";
export * from "./actions.js";
export * from "./addresses.js";
export * from "./events.js";
export * from "./exits.js";
export * from "./failure.js";
export * from "./find.js";
export * from "./fraud.js";
export * from "./send.js";
export * from "./token.js";
export * from "./vocabulary.js";
