/**
 * When each tick is shown.
 *
 * Ticks arrive in bursts; the board should move evenly. The timeline keeps a playback clock a little
 * behind the newest tick, slews it gently, and hands out the ticks it has passed.
 * Invariants: the clock never runs backwards except through `reset`; at most `QUEUE_MAX` ticks
 * wait. Absent: any clock of its own; callers pass the time in milliseconds.
 */
import { TICKS_PER_SECOND, type Tick } from "@aurelius/sdk/wire";

const TICK_MS = 1000 / TICKS_PER_SECOND;
/** The clock stays at least this far behind the newest tick: three ticks, one bundle. */
const DELAY_MIN_MS = 50;
/** However late frames arrive, the page is never further behind than this. */
const DELAY_MAX_MS = 400;
/** Allowance on top of the observed lateness. */
const DELAY_MARGIN_MS = 20;
/** Lateness fades by this much a second, so that one hiccup does not delay the rest of the match. */
const LATENESS_FADE_MS_PER_S = 40;
/** A clock further off than this jumps instead of slewing: half a second. */
const JUMP_TICKS = 30;
/** Share of the clock's error that is corrected per second. */
const SLEW_PER_S = 1.5;
/** Four seconds of 60 Hz: enough for a hidden tab's short absence, bounded for a long one. */
const QUEUE_MAX = 240;

/** How far the clock runs on without news: long enough to finish a step that has begun. */
const COAST_TICKS = 6;
/** After the last tick it runs on until everything that flared has faded. */
const AFTERGLOW_TICKS = 240;

export class Timeline {
  #queue: Tick[] = [];
  #latest = -1;
  #ended = false;
  #shown = -1;
  #clock = 0;
  #lastAdvance: number | undefined;
  /** Smallest seen (arrival − tick) offset: the line of the promptest frames. */
  #base = Number.POSITIVE_INFINITY;
  #lateness = 0;
  #lastPush: number | undefined;
  #delayMinMs = DELAY_MIN_MS;

  /** Newest tick received, −1 before the first. */
  get latestTick(): number {
    return this.#latest;
  }

  /** Forgets everything: another match, or a gap after a reconnect. */
  reset(): void {
    this.#queue = [];
    this.#latest = -1;
    this.#ended = false;
    this.#shown = -1;
    this.#clock = 0;
    this.#lastAdvance = undefined;
    this.#base = Number.POSITIVE_INFINITY;
    this.#lateness = 0;
    this.#lastPush = undefined;
  }

  /** Takes a tick received at `nowMs`; one that is not newer than the last is ignored. */
  push(tick: Tick, nowMs: number): void {
    const { tick: number } = tick.snapshot;
    if (number <= this.#latest) return;
    this.#latest = number;
    this.#ended = tick.snapshot.ending !== "running";
    this.#queue.push(tick);
    if (this.#queue.length > QUEUE_MAX) this.#queue.splice(0, this.#queue.length - QUEUE_MAX);

    const offset = nowMs - number * TICK_MS;
    const elapsed = this.#lastPush === undefined ? 0 : nowMs - this.#lastPush;
    this.#lastPush = nowMs;
    this.#lateness = Math.max(0, this.#lateness - (elapsed / 1000) * LATENESS_FADE_MS_PER_S);
    if (offset < this.#base) this.#base = offset;
    // A server that ran late for good must not keep the page behind an unreachable ideal.
    else this.#base += Math.min(offset - this.#base, (elapsed / 1000) * LATENESS_FADE_MS_PER_S * 0.25);
    this.#lateness = Math.min(DELAY_MAX_MS, Math.max(this.#lateness, offset - this.#base));
  }

  /** The fractional tick whose frame comes in about now; the newest before there is a line to go by. */
  receiving(nowMs: number): number {
    if (!Number.isFinite(this.#base)) return Math.max(0, this.#latest);
    const due = (nowMs - this.#base) / TICK_MS;
    return Math.min(this.#latest + COAST_TICKS, Math.max(this.#latest, due));
  }

  /** Forgets what waits but the newest: after an absence nobody wants to see it all. */
  skipToNewest(): void {
    this.#queue.splice(0, Math.max(0, this.#queue.length - 1));
    this.#lastAdvance = undefined;
  }

  /** How far behind the newest tick others are drawn at least: players see sooner and rougher. */
  set delayMinMs(value: number) {
    this.#delayMinMs = value;
  }

  /**
   * Moves the clock to `nowMs`. Returns the fractional tick to draw and the ticks passed since the
   * last call, oldest first.
   */
  advance(nowMs: number): { readonly tick: number; readonly passed: readonly Tick[] } {
    if (this.#latest < 0) return { tick: 0, passed: [] };
    const delay = Math.min(DELAY_MAX_MS, Math.max(this.#delayMinMs, this.#lateness + DELAY_MARGIN_MS));
    const ideal = (nowMs - this.#base - delay) / TICK_MS;
    if (this.#lastAdvance === undefined) {
      this.#clock = ideal;
    } else {
      const elapsed = Math.max(0, nowMs - this.#lastAdvance);
      const next = this.#clock + elapsed / TICK_MS;
      const error = ideal - next;
      this.#clock =
        Math.abs(error) > JUMP_TICKS
          ? Math.max(this.#clock, ideal)
          : Math.max(this.#clock, next + error * Math.min(1, (elapsed / 1000) * SLEW_PER_S));
    }
    this.#lastAdvance = nowMs;
    this.#clock = Math.min(this.#clock, this.#latest + (this.#ended ? AFTERGLOW_TICKS : COAST_TICKS));
    // The very first picture does not wait for the delay to pass.
    if (this.#shown < 0) this.#clock = Math.max(this.#clock, this.#queue[0]?.snapshot.tick ?? 0);

    let count = 0;
    while (count < this.#queue.length && (this.#queue[count]?.snapshot.tick ?? Infinity) <= this.#clock)
      count += 1;
    const passed = this.#queue.splice(0, count);
    const last = passed[passed.length - 1];
    if (last !== undefined) this.#shown = last.snapshot.tick;
    return { tick: this.#clock, passed };
  }
}
