/** A connection to a relay that comes back by itself, and what is said over it. */
export * from "./backoff.js";
export * from "./link.js";
export * from "./session.js";
