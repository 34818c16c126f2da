/** A connection to a relay that comes back by itself, and a match watched or played over it. */
export * from "./backoff.js";
export * from "./input-chain.js";
export * from "./keys.js";
export * from "./link.js";
export * from "./offer.js";
export * from "./session.js";
export * from "./sign-in.js";
export * from "./signing.js";
export * from "./wallet.js";
