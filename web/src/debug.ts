/**
 * `window.__aurelius`: what the page knows, for tests and curious people.
 *
 * Read-only; nothing in the page depends on it. Documented in web/README.md.
 */
export interface DebugState {
  readonly link: string;
  /** Address of the match on the stage. */
  readonly match: string | null;
  readonly status: string | null;
  /** The tick on screen. */
  readonly tick: number;
  /** Ticks received since the page was opened. */
  readonly ticksReceived: number;
  readonly over: boolean;
  /** Whether the chain has decided and everybody is paid. */
  readonly complete: boolean;
  readonly alive: number;
  readonly warriors: readonly {
    readonly owner: number;
    readonly hp: number;
    readonly x: number;
    readonly y: number;
    /** Where it is drawn, in cells. */
    readonly drawn: { readonly x: number; readonly y: number } | null;
  }[];
  readonly deaths: number;
  readonly checkpoints: { readonly known: number; readonly landed: number };
  readonly players: readonly {
    readonly slot: number;
    readonly wallet: string;
    readonly place: number | null;
    /** Smallest units, decimal digits. */
    readonly payout: string | null;
    readonly claimedIn: string | null;
  }[];
}

declare global {
  interface Window {
    __aurelius?: { readonly state: () => DebugState };
  }
}

export function exposeState(state: () => DebugState): void {
  window.__aurelius = Object.freeze({ state });
}
