/**
 * The list of matches, kept fresh.
 *
 * Takes the relay's pushed directory, and asks for the HTTP list, which knows finished matches too: seldom while the
 * directory comes, often while it does not. Invariants: one request at a time; while a list is known, a failed poll
 * keeps it and says so; a hidden page does not poll; the list costs less than a match that is watched.
 */
import type { MatchSummary } from "@aurelius/sdk/wire";
import { RowClock } from "../match/row-clock";
import { fetchMatches } from "./api";
import { backoffMs } from "@aurelius/sdk/session";

const POLL_MS = 10_000;
/** While the directory comes there is little to ask for. */
const POLL_PUSHED_MS = 60_000;
/** Matches that end on the list are looked up together. */
const VANISHED_MS = 20_000;
/** After something happened that the list should show. */
const SOON_MS = 700;

export class MatchIndex {
  matches: readonly MatchSummary[] | undefined;
  error: string | undefined;
  /** Counts the ticks of live matches. */
  readonly clock = new RowClock();
  readonly #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #failures = 0;
  /** When the directory came last, and the poll, by `performance.now()`. */
  #pushedAtMs = Number.NEGATIVE_INFINITY;
  #polledAtMs = Number.NEGATIVE_INFINITY;
  /** The addresses that the directory named last. */
  #pushed: ReadonlySet<string> = new Set();
  /** When the next poll is due. */
  #dueAtMs = Number.POSITIVE_INFINITY;

  constructor(changed: () => void) {
    this.#changed = changed;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.refresh();
    });
  }

  /** Asks soon, however long the next poll is away. */
  refresh(): void {
    this.#schedule(SOON_MS);
  }

  start(): void {
    void this.#poll();
  }

  /** The lines the relay pushed; matches it leaves out keep what is known of them. */
  merge(lines: readonly MatchSummary[]): void {
    const now = performance.now();
    this.#pushedAtMs = now;
    this.clock.hear(lines, now, Date.now());
    const named = new Set(lines.map((line) => line.match));
    const vanished = [...this.#pushed].some((match) => !named.has(match));
    this.#pushed = named;
    const known = new Map((this.matches ?? []).map((line) => [line.match, line]));
    for (const line of lines) known.set(line.match, line);
    this.matches = [...known.values()].sort(newestFirst);
    this.#changed();
    // How it ended is in the HTTP list only.
    if (vanished) this.#schedule(Math.max(SOON_MS, this.#polledAtMs + VANISHED_MS - now), "at the latest");
  }

  #schedule(waitMs: number, when: "then" | "at the latest" = "then"): void {
    const dueAtMs = performance.now() + waitMs;
    if (when === "at the latest" && this.#dueAtMs <= dueAtMs) return;
    this.#dueAtMs = dueAtMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), waitMs);
  }

  async #poll(): Promise<void> {
    if (this.#busy) return;
    if (document.hidden && this.matches !== undefined) {
      this.#schedule(POLL_MS);
      return;
    }
    this.#busy = true;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    try {
      const found = await fetchMatches();
      this.#polledAtMs = performance.now();
      this.clock.hear(found, this.#polledAtMs, Date.now());
      this.matches = this.#withPushed(found);
      this.error = undefined;
      this.#failures = 0;
    } catch (error) {
      this.error = error instanceof Error ? error.message : "unknown trouble";
      this.#failures += 1;
    } finally {
      this.#busy = false;
    }
    this.#changed();
    this.#schedule(this.#pause(), "at the latest");
  }

  #pause(): number {
    if (this.#failures > 0) return backoffMs(this.#failures, Math.random());
    return performance.now() - this.#pushedAtMs < POLL_PUSHED_MS ? POLL_PUSHED_MS : POLL_MS;
  }

  /** The list as it was found, and what the directory names beyond its first page. */
  #withPushed(found: readonly MatchSummary[]): readonly MatchSummary[] {
    const listed = new Set(found.map((line) => line.match));
    const beyond = (this.matches ?? []).filter(({ match }) => this.#pushed.has(match) && !listed.has(match));
    return [...found, ...beyond].sort(newestFirst);
  }
}

function newestFirst(a: MatchSummary, b: MatchSummary): number {
  return b.created_at_ms - a.created_at_ms || b.match_id - a.match_id;
}
