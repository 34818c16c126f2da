/**
 * The list of matches, kept fresh.
 *
 * Polls the HTTP list and takes the relay's pushed directory in between. Invariants: one request at
 * a time; while a list is known, a failed poll keeps it and says so; a hidden page does not poll.
 */
import type { MatchSummary } from "@aurelius/sdk/wire";
import { fetchMatches } from "./api";
import { backoffMs } from "@aurelius/sdk/session";

const POLL_MS = 10_000;
/** After something happened that the list should show. */
const SOON_MS = 700;

export class MatchIndex {
  matches: readonly MatchSummary[] | undefined;
  error: string | undefined;
  readonly #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #failures = 0;

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
    const known = new Map((this.matches ?? []).map((line) => [line.match, line]));
    const vanished = [...known.values()].some(
      (line) => line.status === "live" && !lines.some((other) => other.match === line.match),
    );
    for (const line of lines) known.set(line.match, line);
    this.matches = [...known.values()].sort(newestFirst);
    this.#changed();
    if (vanished) this.refresh();
  }

  #schedule(waitMs: number): void {
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
    try {
      this.matches = [...(await fetchMatches())].sort(newestFirst);
      this.error = undefined;
      this.#failures = 0;
    } catch (error) {
      this.error = error instanceof Error ? error.message : "unknown trouble";
      this.#failures += 1;
    } finally {
      this.#busy = false;
    }
    this.#changed();
    this.#schedule(this.#failures === 0 ? POLL_MS : backoffMs(this.#failures, Math.random()));
  }
}

function newestFirst(a: MatchSummary, b: MatchSummary): number {
  return b.created_at_ms - a.created_at_ms || b.match_id - a.match_id;
}
