/**
 * The ticks of matches on a list.
 *
 * The relay sends a row when something but its tick is different, and the page counts ticks itself, sixty a second from
 * the moment at which it heard of the row. Invariants: never beyond the match's length; only live matches tick; clocks
 * of other machines do not matter, but for a start that still lies ahead.
 */
import { TICKS_PER_SECOND, type MatchSummary } from "@aurelius/sdk/wire";

/** A start further ahead than this is a clock that is wrong. */
const START_AHEAD_MAX_MS = 60_000;

export class RowClock {
  /** When each row was heard of, by `performance.now()`; rows are never changed once made. */
  readonly #heard = new WeakMap<MatchSummary, number>();

  /** Takes rows that were heard of at `nowMs`; `unixMs` is the same moment in Unix time. */
  hear(rows: readonly MatchSummary[], nowMs: number, unixMs: number): void {
    for (const row of rows) {
      if (this.#heard.has(row)) continue;
      const ahead = row.tick === 0 ? (row.starts_at_ms ?? unixMs) - unixMs : 0;
      const wait = ahead > 0 && ahead < START_AHEAD_MAX_MS ? ahead : 0;
      this.#heard.set(row, nowMs + wait);
    }
  }

  /** The tick of `row` at `nowMs`. */
  tick(row: MatchSummary, nowMs: number): number {
    const heard = this.#heard.get(row);
    if (row.status !== "live" || heard === undefined) return row.tick;
    const since = Math.max(0, Math.floor(((nowMs - heard) * TICKS_PER_SECOND) / 1000));
    return Math.min(row.length_ticks, row.tick + since);
  }
}
