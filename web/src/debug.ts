/**
 * `window.__aurelius`: what the page knows, for tests and curious people.
 *
 * Read-only; nothing in the page depends on it. Documented in web/README.md.
 */
import type { Client } from "./client";

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
    readonly heading: number;
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
  /** What is played here. */
  readonly play: {
    readonly seat: string;
    readonly slot: number | null;
    /** Indices of one's warriors. */
    readonly own: readonly number[];
    readonly acked: number;
    readonly rejected: number;
    readonly latencyMs: number | null;
    readonly leadTicks: number;
    readonly keyToPixelMs: readonly number[];
    readonly keyToPixelFrames: readonly number[];
    readonly cosigning: string;
  };
  /** What is replayed; everything above is of the replay then. */
  readonly replay: {
    readonly tick: number;
    readonly lastTick: number;
    /** Checkpoints that agree, and that do not. */
    readonly green: number;
    readonly red: number;
  } | null;
  /** The warrior that the picture follows. */
  readonly follow: number | null;
  readonly wallet: string | null;
  readonly signIn: string;
  readonly proof: {
    readonly kind: string;
    readonly verified: boolean | null;
    readonly agreeing: number | null;
  };
}

declare global {
  interface Window {
    __aurelius?: { readonly state: () => DebugState };
  }
}

/** Shows the state to tests; `root` carries the same in short, as attributes. */
export function exposeState(client: Client, root: HTMLElement): void {
  window.__aurelius = Object.freeze({ state: () => debugState(client) });
  client.live.pulse.subscribe(() => {
    const { link, match, status, tick, alive, over } = debugState(client);
    for (const [name, value] of Object.entries({ link, match, status, tick, alive, over })) {
      const text = String(value);
      if (root.dataset[name] !== text) root.dataset[name] = text;
    }
  });
}

function debugState({ live, game, wallets, signIn, proof }: Client): DebugState {
  const { watched, scene, replay } = live;
  const detail = watched?.detail;
  const checkpoints = detail?.checkpoints ?? [];
  const seat = game.seat.value;
  const { acked, rejected, latencyMs } = game.measures.health.value;
  const proved = proof.state.value;
  return {
    link: live.link.kind,
    match: watched?.key ?? null,
    status: detail?.summary.status ?? null,
    tick: Math.floor(live.tick),
    ticksReceived: live.ticksReceived,
    over: watched?.isOver ?? false,
    complete: watched?.isComplete ?? false,
    alive: scene?.snapshot?.warriors.filter((warrior) => warrior.hp > 0).length ?? 0,
    warriors: (scene?.snapshot?.warriors ?? []).map(({ owner, hp, x, y, heading }, index) => ({
      owner,
      hp,
      x,
      y,
      heading,
      drawn: live.board?.placeOf(index) ?? null,
    })),
    deaths: scene?.deaths.length ?? 0,
    checkpoints: {
      known: checkpoints.length,
      landed: checkpoints.filter((checkpoint) => checkpoint.posted_in !== null).length,
    },
    players: (detail?.players ?? []).map(({ slot, wallet, place, payout, claimed_in }) => ({
      slot,
      wallet,
      place,
      payout: payout?.toString() ?? null,
      claimedIn: claimed_in,
    })),
    play: {
      seat: seat.kind,
      slot: seat.kind === "watching" ? null : seat.slot,
      own: game.own,
      acked,
      rejected,
      latencyMs: latencyMs ?? null,
      leadTicks: game.measures.leadTicks,
      keyToPixelMs: game.measures.keyToPixelMs,
      keyToPixelFrames: game.measures.keyToPixelFrames,
      cosigning: game.cosigning.value.kind,
    },
    replay:
      replay === undefined
        ? null
        : {
            tick: replay.tick,
            lastTick: replay.lastTick,
            green: replay.verdicts.filter((verdict) => verdict === "green").length,
            red: replay.verdicts.filter((verdict) => verdict === "red").length,
          },
    follow: live.follow ?? null,
    wallet: wallets.address ?? null,
    signIn: signIn.state.value.kind,
    proof: {
      kind: proved.kind,
      verified: proved.kind === "done" ? proved.report.ok : null,
      agreeing:
        proved.kind === "done"
          ? proved.report.verdicts.filter((verdict) => verdict === "green").length
          : null,
    },
  };
}
