/**
 * How long to wait before connecting again.
 *
 * "Full jitter": a uniformly random wait below an exponentially growing limit, so that the watchers
 * of a relay that restarts do not all come back in the same instant. Invariant: a pure function of
 * the attempt and the draw. Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
 */
const BASE_MS = 600;
const LIMIT_MS = 15_000;
/** Never at once: even the luckiest draw leaves the server a breath. */
const FLOOR_MS = 150;

/** Milliseconds before attempt number `attempt` (0 is the first retry); `draw` is uniform in [0, 1). */
export function backoffMs(attempt: number, draw: number): number {
  const limit = Math.min(LIMIT_MS, BASE_MS * 2 ** Math.min(attempt, 20));
  return Math.round(FLOOR_MS + draw * limit);
}
