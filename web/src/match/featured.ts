/**
 * Which match the page shows when nobody chose one.
 *
 * Prefers a battle, then one about to start, then the result just seen, then an open lobby.
 * Invariant: a battle being watched is never left before it is over. Pure; callers bring the clock.
 */
import type { MatchStatus, MatchSummary } from "@aurelius/sdk/wire";

/** How long a result stays before another match may take its place. */
const RESULT_HOLD_MS = 20_000;

export interface Watching {
  readonly match: string;
  /** When it was first seen to be over. */
  readonly overSinceMs: number | undefined;
}

/** The address of the match to show. */
export function featured(
  matches: readonly MatchSummary[],
  watching: Watching | undefined,
  nowMs: number,
): string | undefined {
  const first = (...statuses: MatchStatus[]): string | undefined =>
    matches.find((line) => statuses.includes(line.status))?.match;
  const current = matches.find((line) => line.match === watching?.match);
  if (watching !== undefined && current !== undefined) {
    const running = current.status === "locked" || current.status === "live";
    if (running && watching.overSinceMs === undefined) return watching.match;
    if (watching.overSinceMs !== undefined && nowMs - watching.overSinceMs < RESULT_HOLD_MS)
      return watching.match;
  }
  return (
    first("live") ??
    first("locked") ??
    (current !== undefined && current.status !== "open" ? watching?.match : undefined) ??
    first("open") ??
    first("proposed") ??
    first("settled")
  );
}
