/**
 * Where a warrior is drawn between two cells.
 *
 * The rules move a warrior by whole cells; the board glides it over the step's duration. Invariant:
 * a glide starts where the warrior was last drawn, so nothing ever jumps except a real gap of more
 * than one cell. Absent: time of its own; ticks come from the timeline.
 */

/** A warrior steps every 6 ticks, every 3 with speed (docs/RULES.md). */
const STEP_TICKS = 6;
const FAST_STEP_TICKS = 3;

export interface Place {
  readonly x: number;
  readonly y: number;
}

export class Motion {
  #fromX: number;
  #fromY: number;
  #toX: number;
  #toY: number;
  #startTick = Number.NEGATIVE_INFINITY;
  #durationTicks = STEP_TICKS;

  constructor(x: number, y: number) {
    this.#fromX = x;
    this.#fromY = y;
    this.#toX = x;
    this.#toY = y;
  }

  /** The warrior stands on cell (`x`, `y`) as of `tick`. */
  moveTo(x: number, y: number, tick: number, fast: boolean): void {
    if (x === this.#toX && y === this.#toY) return;
    const adjacent = Math.max(Math.abs(x - this.#toX), Math.abs(y - this.#toY)) <= 2;
    const drawn = adjacent ? this.at(tick) : { x, y };
    this.#fromX = drawn.x;
    this.#fromY = drawn.y;
    this.#toX = x;
    this.#toY = y;
    this.#startTick = tick;
    this.#durationTicks = fast ? FAST_STEP_TICKS : STEP_TICKS;
  }

  /** Position at the fractional `tick`, in cells. */
  at(tick: number): Place {
    const share = Math.min(1, Math.max(0, (tick - this.#startTick) / this.#durationTicks));
    return {
      x: this.#fromX + (this.#toX - this.#fromX) * share,
      y: this.#fromY + (this.#toY - this.#fromY) * share,
    };
  }
}
