/**
 * A match that is over, as it is played again on the stage.
 *
 * Owns the clock of the replay and a scene: the match as it was at the tick on screen, which the panels show as if it
 * were live. Every tick is computed here by the rules and checked on the way (`Playback`). Invariants: a frame computes
 * at most `TICKS_PER_FRAME` ticks, so that a jump over half a Siege does not freeze the page; the scene knows nothing
 * that happened after the tick on screen. Absent: where records come from (`load.ts`), and drawing.
 */
import type { Playback } from "@aurelius/sdk/arena";
import { type MatchDetail, TICKS_PER_SECOND, type Tick } from "@aurelius/sdk/wire";
import { WatchedMatch } from "../match/watched";

const TICK_MS = 1000 / TICKS_PER_SECOND;
const TICKS_PER_FRAME = 600;
/** A tab that was away does not catch up with what it missed. */
const ELAPSED_MS_MAX = 250;
/** After the last tick the clock runs on until everything that flared has faded. */
const AFTERGLOW_TICKS = 150;

/** Times the speed of the battle. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8] as const;

/** What of a playback a replay needs. */
export type Playable = Pick<
  Playback,
  "tick" | "lastTick" | "ended" | "verdicts" | "difference" | "falls" | "show" | "step" | "seek"
>;

/** Who says what happened. */
export interface ReplaySource {
  /** `file`: the relay's replay file; `chain`: the transactions of the match. */
  readonly kind: "file" | "chain";
  /** Whether digests were compared with those that the program keeps. */
  readonly traced: boolean;
}

/** What one animation frame brings. */
export interface Shown {
  /** The fractional tick to draw. */
  readonly tick: number;
  readonly passed: readonly Tick[];
  /** Whether the picture does not go on from the one before. */
  readonly jumped: boolean;
}

export class Replay {
  readonly source: ReplaySource;
  readonly lastTick: number;
  scene: WatchedMatch;
  speed = 1;
  running = true;
  readonly #playback: Playable;
  readonly #detail: MatchDetail;
  #clock = 0;
  /** Where a jump is on its way to. */
  #goal: number | undefined = 0;
  #lastMs: number | undefined;

  constructor(playback: Playable, detail: MatchDetail, source: ReplaySource) {
    this.#playback = playback;
    this.#detail = detail;
    this.source = source;
    this.lastTick = endOf(playback, detail);
    this.scene = sceneOf(detail);
  }

  /** The fractional tick on screen. */
  get tick(): number {
    return this.#clock;
  }

  get atEnd(): boolean {
    return this.#playback.ended && this.#goal === undefined;
  }

  /** By checkpoint; undefined for what has not been computed yet. */
  get verdicts(): Playable["verdicts"] {
    return this.#playback.verdicts;
  }

  /** The first thing that does not agree, in words. */
  get difference(): string | undefined {
    const { difference } = this.#playback;
    return difference && `${difference.what} is ${difference.found}, the rules give ${difference.expected}`;
  }

  /** Stops, goes on, or begins again at the end. */
  toggle(): void {
    if (this.atEnd) {
      this.seek(0);
      this.running = true;
      return;
    }
    this.running = !this.running;
  }

  /** Jumps to a tick; those that lie beyond the end become the end. */
  seek(tick: number): void {
    this.#goal = Math.min(this.lastTick, Math.max(0, Math.round(tick)));
  }

  /** Moves the clock to `nowMs` of the animation clock. */
  advance(nowMs: number): Shown {
    const elapsed = Math.min(ELAPSED_MS_MAX, Math.max(0, nowMs - (this.#lastMs ?? nowMs)));
    this.#lastMs = nowMs;
    if (this.#goal !== undefined) return this.#jump(this.#goal);
    if (this.running) this.#clock += (elapsed / TICK_MS) * this.speed;
    const passed: Tick[] = [];
    while (this.#playback.tick < Math.floor(this.#clock) && passed.length < TICKS_PER_FRAME) {
      if (!this.#playback.step()) break;
      const tick = this.#playback.show();
      this.scene.setTick(tick);
      passed.push(tick);
    }
    const last = this.#playback.tick;
    this.#clock = Math.min(this.#clock, this.#playback.ended ? last + AFTERGLOW_TICKS : last + 1);
    return { tick: this.#clock, passed, jumped: false };
  }

  #jump(goal: number): Shown {
    if (!this.#playback.seek(goal, TICKS_PER_FRAME)) return { tick: this.#clock, passed: [], jumped: false };
    this.#goal = undefined;
    this.#clock = this.#playback.tick;
    const { snapshot } = this.#playback.show();
    const tick = { snapshot, events: [] };
    this.scene = sceneOf(this.#detail);
    this.scene.setTick(tick);
    this.scene.deaths = this.#playback.falls();
    return { tick: this.#clock, passed: [tick], jumped: true };
  }
}

/** The length of the battle: what the relay says of it, unless fewer ticks were posted. */
function endOf(playback: Playable, { summary }: MatchDetail): number {
  return summary.tick > 0 ? Math.min(summary.tick, playback.lastTick) : playback.lastTick;
}

/** The match before anything happened: nobody has fallen, nobody is paid, nobody has a place. */
function sceneOf(detail: MatchDetail): WatchedMatch {
  const scene = new WatchedMatch(detail.summary.match);
  scene.setDetail({
    ...detail,
    summary: { ...detail.summary, status: "live" },
    result: null,
    deaths: [],
    players: detail.players.map((player) => ({
      ...player,
      payout: null,
      place: null,
      refunded: false,
      claimed_in: null,
    })),
  });
  return scene;
}
