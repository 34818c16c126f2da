/**
 * How many device pixels of a CSS pixel are painted.
 *
 * Beyond two nobody sees more, and it costs twice as much. Where frames come late all the same, as on machines that
 * paint without a graphics processor, fewer are painted: an even picture is worth more than a sharp one. Invariants: it
 * only ever falls, and only after frames were late for seconds; an absence is no lateness. Pure; callers bring the clock.
 */
const STEPS = [2, 1.5, 1] as const;
/** Frames that are judged together: two seconds. */
const WINDOW = 120;
/** More than half of the frames of a window later than this are too late: below about 45 a second. */
const LATE_MS = 22;
/** Windows in a row before something is done. */
const WINDOWS = 2;
/** A longer gap is a hidden tab or a debugger. */
const ABSENT_MS = 400;

export class Fineness {
  #step = 0;
  #lastMs: number | undefined;
  #frames = 0;
  #late = 0;
  #bad = 0;

  /** Takes the time of an animation frame, milliseconds, on a screen of this ratio. */
  drawn(nowMs: number, ratio: number): void {
    const gap = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    if (gap <= 0 || gap > ABSENT_MS) return;
    this.#frames += 1;
    if (gap > LATE_MS) this.#late += 1;
    if (this.#frames < WINDOW) return;
    this.#bad = this.#late > WINDOW / 2 ? this.#bad + 1 : 0;
    this.#frames = 0;
    this.#late = 0;
    if (this.#bad < WINDOWS) return;
    this.#bad = 0;
    const now = this.scale(ratio);
    const lower = STEPS.findIndex((scale) => scale < now);
    if (lower >= 0) this.#step = lower;
  }

  /** Device pixels for a CSS pixel on a screen of this ratio. */
  scale(ratio: number): number {
    return Math.min(STEPS[this.#step] ?? 1, ratio);
  }
}
