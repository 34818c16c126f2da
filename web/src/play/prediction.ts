/**
 * Where one's own warriors are before the arena says so.
 *
 * Frames lack when a warrior may step next, but it can be inferred: each tick on which it holds a heading and is
 * ready is an attempt, moved or blocked, and costs the cooldown (docs/RULES.md, movement). From the newest frame
 * and the headings on their way the warrior is stepped some ticks ahead. Walls are certain, other warriors stand
 * still. Invariants: only cell and direction are predicted, never blows, health or deaths; the drawn place moves
 * without jumps, an error glides away within `SMOOTH_MS`. Absent: clocks; callers bring the tick and the time.
 */
import { HEADING_STEP, type Heading, type Snapshot, type Warrior } from "@aurelius/sdk/wire";

/** What the rules say about steps. */
export interface Pace {
  readonly moveTicks: number;
  readonly moveFastTicks: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

interface Pending {
  readonly warrior: number;
  readonly heading: Heading;
  /** On which it is expected to hold. */
  tick: number;
  acked: boolean;
}

interface Seen {
  /** First tick on which it may step. */
  ready: number;
  /** The step in progress. */
  step: Step | undefined;
}

interface Step {
  readonly fromX: number;
  readonly fromY: number;
  readonly tick: number;
  readonly ticks: number;
}

interface Shown extends Place {
  /** What is left of an error, in cells. */
  errorX: number;
  errorY: number;
  readonly rawX: number;
  readonly rawY: number;
  /** The tick drawn. */
  readonly at: number;
  readonly atMs: number;
}

/** An error fades with this time constant, and is gone after about thrice of it. */
const SMOOTH_MS = 35;
/** More than this beyond what one can walk between two drawings is an error, not a step; in cells. */
const JUMP_CELLS = 0.35;
/** Beyond this nobody can glide: another life, or a long absence. */
const TELEPORT_CELLS = 4;
/** An input that was never answered is forgotten this long after its tick. */
const STALE_TICKS = 30;
/** Farther ahead the guesses are worse than the delay: 200 ms. */
export const AHEAD_TICKS_MAX = 12;

export class Prediction {
  readonly #pace: Pace;
  readonly #seen = new Map<number, Seen>();
  readonly #shown = new Map<number, Shown>();
  #pending: Pending[] = [];
  #newest: Snapshot | undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** The newest tick known. */
  get tick(): number {
    return this.#newest?.tick ?? 0;
  }

  /** Takes the next tick received; `own` are the indices of one's warriors. */
  observe(snapshot: Snapshot, own: readonly number[]): void {
    const before = this.#newest;
    this.#newest = snapshot;
    for (const index of own) this.#observeOne(index, before, snapshot);
    this.#pending = this.#pending.filter(
      ({ tick, acked }) => snapshot.tick < tick || (!acked && snapshot.tick < tick + STALE_TICKS),
    );
  }

  #observeOne(index: number, before: Snapshot | undefined, now: Snapshot): void {
    const warrior = now.warriors[index];
    if (warrior === undefined || warrior.hp === 0) {
      this.#seen.delete(index);
      this.#shown.delete(index);
      return;
    }
    const seen = this.#seen.get(index) ?? { ready: now.tick + 1, step: undefined };
    this.#seen.set(index, seen);
    const last = before?.warriors[index];
    if (last === undefined) return;
    const moved = last.x !== warrior.x || last.y !== warrior.y;
    if (!moved && (warrior.heading === 0 || seen.ready > now.tick)) return;
    const ticks = this.#stepTicks(last, before);
    seen.ready = now.tick + ticks;
    if (moved) seen.step = { fromX: last.x, fromY: last.y, tick: now.tick, ticks };
  }

  #stepTicks(warrior: Warrior, snapshot: Snapshot | undefined): number {
    const fast = warrior.effect === "speed" || snapshot?.special?.kind === "haste";
    return fast ? this.#pace.moveFastTicks : this.#pace.moveTicks;
  }

  /** An input went out and is expected to hold from `tick`. */
  sent(warrior: number, heading: Heading, tick: number): void {
    this.#pending = this.#pending.filter((other) => other.warrior !== warrior || other.tick < tick);
    this.#pending.push({ warrior, heading, tick, acked: false });
  }

  /** The arena says when it holds. */
  acked(warrior: number, heading: Heading, tick: number): void {
    const found = this.#pending.find(
      (one) => one.warrior === warrior && one.heading === heading && !one.acked,
    );
    if (found === undefined) return;
    found.tick = tick;
    found.acked = true;
    if (this.tick >= tick) this.#pending = this.#pending.filter((one) => one !== found);
  }

  /** It will not hold. */
  rejected(warrior: number, heading: Heading): void {
    this.#pending = this.#pending.filter((one) => one.warrior !== warrior || one.heading !== heading);
  }

  /** The heading that `index` holds once everything on its way has arrived. */
  heading(index: number): Heading {
    const last = this.#pending.filter((one) => one.warrior === index).at(-1);
    return last?.heading ?? this.#newest?.warriors[index]?.heading ?? 0;
  }

  /**
   * Where to draw `index` at the fractional tick `at`, which lies ahead of the newest frame; undefined when
   * nothing can be said better than the frames do.
   */
  place(index: number, at: number, nowMs: number): Place | undefined {
    const raw = this.#raw(index, at);
    if (raw === undefined) {
      this.#shown.delete(index);
      return undefined;
    }
    const last = this.#shown.get(index);
    let errorX = 0;
    let errorY = 0;
    if (last !== undefined) {
      const share = Math.exp(-Math.max(0, nowMs - last.atMs) / SMOOTH_MS);
      errorX = last.errorX * share;
      errorY = last.errorY * share;
      const jumped = Math.max(Math.abs(raw.x - last.rawX), Math.abs(raw.y - last.rawY));
      if (jumped > TELEPORT_CELLS) {
        errorX = 0;
        errorY = 0;
      } else if (jumped > JUMP_CELLS + Math.abs(at - last.at) / this.#pace.moveFastTicks) {
        errorX += last.rawX - raw.x;
        errorY += last.rawY - raw.y;
      }
    }
    const shown = {
      x: raw.x + errorX,
      y: raw.y + errorY,
      errorX,
      errorY,
      rawX: raw.x,
      rawY: raw.y,
      at,
      atMs: nowMs,
    };
    this.#shown.set(index, shown);
    return shown;
  }

  #raw(index: number, at: number): Place | undefined {
    const now = this.#newest;
    const warrior = now?.warriors[index];
    const seen = this.#seen.get(index);
    if (now === undefined || warrior === undefined || seen === undefined || now.ending !== "running")
      return undefined;
    const until = Math.floor(at);
    if (until - now.tick > AHEAD_TICKS_MAX || isHemmedIn(warrior, now)) return undefined;
    let { x, y, heading } = warrior;
    let { ready, step } = seen;
    const ticks = this.#stepTicks(warrior, now);
    for (let tick = now.tick + 1; tick <= until; tick += 1) {
      for (const one of this.#pending) if (one.warrior === index && one.tick <= tick) heading = one.heading;
      if (heading === 0 || ready > tick) continue;
      ready = tick + ticks;
      const [dx, dy] = HEADING_STEP[heading] ?? [0, 0];
      if (!isFree(x + dx, y + dy, now)) continue;
      step = { fromX: x, fromY: y, tick, ticks };
      x += dx;
      y += dy;
    }
    if (step === undefined) return { x, y };
    const share = Math.min(1, Math.max(0, (at - step.tick) / step.ticks));
    return { x: step.fromX + (x - step.fromX) * share, y: step.fromY + (y - step.fromY) * share };
  }
}

function isFree(x: number, y: number, snapshot: Snapshot): boolean {
  if (x < 1 || y < 1 || x > snapshot.side || y > snapshot.side) return false;
  return !snapshot.warriors.some((other) => other.hp > 0 && other.x === x && other.y === y);
}

/** In a brawl the next step depends on who goes first. */
function isHemmedIn({ x, y }: Warrior, snapshot: Snapshot): boolean {
  return HEADING_STEP.slice(1).every(([dx, dy]) => !isFree(x + dx, y + dy, snapshot));
}
