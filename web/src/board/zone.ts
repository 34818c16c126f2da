/**
 * The safe zone: what lies outside it is dimmed, its edge glows.
 *
 * Invariant: the drawn rectangle follows the real one smoothly and never lies outside the walls.
 * Absent: damage rules.
 */
import type { BoardLayout } from "./layout";

/** Cells from (`left`, `top`) to (`right`, `bottom`), both included. */
export interface CellRect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Ticks the edge takes to reach a new place. */
const EASE_TICKS = 24;
/** And until its glow has faded. */
const GLOW_TICKS = 50;

export class ZoneView {
  #target: CellRect | undefined;
  #from: CellRect | undefined;
  #since = 0;
  #shrunkAt = Number.NEGATIVE_INFINITY;
  #version = 0;

  reset(): void {
    this.#version += 1;
    this.#target = undefined;
    this.#from = undefined;
    this.#shrunkAt = Number.NEGATIVE_INFINITY;
  }

  /** The zone as of `tick`. */
  set(zone: CellRect, tick: number): void {
    const target = this.#target;
    if (target === undefined) {
      this.#from = zone;
    } else {
      if (sameRect(zone, target)) return;
      this.#from = this.#at(tick);
      this.#shrunkAt = tick;
    }
    this.#target = zone;
    this.#since = tick;
    this.#version += 1;
  }

  /** A number for how the zone looks while nothing about it moves; undefined while something does. */
  still(tick: number): number | undefined {
    return tick - this.#shrunkAt >= Math.max(EASE_TICKS, GLOW_TICKS) ? this.#version : undefined;
  }

  #at(tick: number): CellRect {
    const to = this.#target ?? { left: 0, top: 0, right: 0, bottom: 0 };
    const from = this.#from ?? to;
    const linear = Math.min(1, Math.max(0, (tick - this.#since) / EASE_TICKS));
    const share = 1 - (1 - linear) ** 3;
    const mix = (a: number, b: number): number => a + (b - a) * share;
    return {
      left: mix(from.left, to.left),
      top: mix(from.top, to.top),
      right: mix(from.right, to.right),
      bottom: mix(from.bottom, to.bottom),
    };
  }

  /** Draws over the floor, under the warriors. */
  draw(context: CanvasRenderingContext2D, layout: BoardLayout, tick: number): void {
    if (this.#target === undefined) return;
    const zone = this.#at(tick);
    const { cell } = layout;
    const x0 = layout.left + cell;
    const y0 = layout.top + cell;
    const x1 = layout.left + (layout.columns - 1) * cell;
    const y1 = layout.top + (layout.rows - 1) * cell;
    const left = Math.max(x0, layout.left + zone.left * cell);
    const top = Math.max(y0, layout.top + zone.top * cell);
    const right = Math.min(x1, layout.left + (zone.right + 1) * cell);
    const bottom = Math.min(y1, layout.top + (zone.bottom + 1) * cell);
    const whole = left <= x0 && top <= y0 && right >= x1 && bottom >= y1;
    if (!whole) {
      context.save();
      context.beginPath();
      context.rect(x0, y0, x1 - x0, y1 - y0);
      context.rect(left, top, right - left, bottom - top);
      context.clip("evenodd");
      context.fillStyle = "rgb(46 13 8 / 0.5)";
      context.fillRect(x0, y0, x1 - x0, y1 - y0);
      hatch(context, x0, y0, x1, y1, cell);
      context.restore();
    }
    const fresh = Math.max(0, 1 - (tick - this.#shrunkAt) / GLOW_TICKS);
    context.strokeStyle = `rgb(226 150 84 / ${whole ? 0.16 : 0.55 + 0.45 * fresh})`;
    context.lineWidth = Math.max(1, cell * (0.06 + 0.08 * fresh));
    context.strokeRect(left, top, right - left, bottom - top);
    if (!whole) corners(context, left, top, right, bottom, cell);
  }
}

function hatch(
  context: CanvasRenderingContext2D,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  cell: number,
): void {
  context.strokeStyle = "rgb(226 110 72 / 0.1)";
  context.lineWidth = Math.max(1, cell * 0.09);
  context.beginPath();
  const gap = Math.max(4, cell * 0.5);
  const height = y1 - y0;
  for (let x = x0 - height; x < x1; x += gap) {
    context.moveTo(x, y1);
    context.lineTo(x + height, y0);
  }
  context.stroke();
}

function corners(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  right: number,
  bottom: number,
  cell: number,
): void {
  const arm = Math.min(cell * 1.2, (right - left) / 3);
  context.strokeStyle = "#f0c078";
  context.lineWidth = Math.max(1.5, cell * 0.13);
  context.lineCap = "square";
  context.beginPath();
  for (const [x, y, dx, dy] of [
    [left, top, 1, 1],
    [right, top, -1, 1],
    [left, bottom, 1, -1],
    [right, bottom, -1, -1],
  ] as const) {
    context.moveTo(x + dx * arm, y);
    context.lineTo(x, y);
    context.lineTo(x, y + dy * arm);
  }
  context.stroke();
}

function sameRect(a: CellRect, b: CellRect): boolean {
  return a.left === b.left && a.top === b.top && a.right === b.right && a.bottom === b.bottom;
}
