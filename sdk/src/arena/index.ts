/** The rules in WebAssembly, and matches verified by them from the chain alone. */
export * from "./arena.js";
export { type CheckpointReport, checkRecord, type Difference, type MatchReport } from "./check.js";
export * from "./history.js";
export { type Fall, Playback, PlaybackError } from "./playback.js";
export * from "./record.js";
export { readReplay } from "./replay-file.js";
export { snapshotOf } from "./view.js";
export * from "./verify.js";
