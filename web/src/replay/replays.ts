/**
 * The replay on the stage: none, on its way, there, or not to be had.
 *
 * Invariant: an answer for a match that is no longer on the stage is dropped. The code that computes a match is fetched
 * when the first replay is asked for.
 */
import type { Chain } from "../chain/info";
import type { Live } from "../live/live";
import type { WatchedMatch } from "../match/watched";
import { Store } from "../state/store";
import type { Replay } from "./replay";

export type ReplayState =
  | { readonly kind: "none" }
  | { readonly kind: "loading"; readonly match: string; readonly done: number; readonly total: number }
  | { readonly kind: "open"; readonly match: string; readonly replay: Replay }
  | { readonly kind: "failed"; readonly match: string; readonly reason: string };

export class Replays {
  readonly state = new Store<ReplayState>({ kind: "none" });
  readonly #live: Live;
  readonly #chain: Chain;

  constructor(live: Live, chain: Chain) {
    this.#live = live;
    this.#chain = chain;
  }

  /** Fetches the match and plays it from the beginning. */
  async open({ key, detail }: WatchedMatch): Promise<void> {
    if (detail === undefined) return;
    this.state.set({ kind: "loading", match: key, done: 0, total: 0 });
    const isWanted = (): boolean => {
      const { value } = this.state;
      return value.kind === "loading" && value.match === key && this.#live.watched?.key === key;
    };
    try {
      const { loadReplay } = await import("./load");
      const known = this.#chain.state.value;
      const chain = known.kind === "known" ? known.info : undefined;
      const replay = await loadReplay(detail, chain, (done, total) => {
        if (isWanted()) this.state.set({ kind: "loading", match: key, done, total });
      });
      if (!isWanted()) return;
      this.state.set({ kind: "open", match: key, replay });
      this.#live.setReplay(replay);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown trouble";
      if (isWanted()) this.state.set({ kind: "failed", match: key, reason });
    }
  }

  /** Back to the match as it stands. */
  close(): void {
    this.state.set({ kind: "none" });
    this.#live.setReplay(undefined);
  }

  /** The replay of `match`, while it is on the stage. */
  of(match: string | undefined): Replay | undefined {
    const { value } = this.state;
    if (value.kind !== "open" || value.match !== match) return undefined;
    // The stage drops a replay when it turns to another match.
    return this.#live.replay === value.replay ? value.replay : undefined;
  }
}
