/**
 * Which part of the arena the canvas shows.
 *
 * The whole of it at zoom 1; otherwise a part around a centre, which fingers move, or a warrior who is followed.
 * Invariants: the zoom lies between 1 and `ZOOM_MAX`; no more of the surroundings is shown than a zoom of 1
 * would. Absent: the canvas, fingers, and who is followed.
 */
import { boardLayout, type BoardLayout } from "./layout";

export const ZOOM_MAX = 5;
/** How long the picture takes to come two thirds closer to whoever is followed. */
const FOLLOW_MS = 140;

interface Point {
  readonly x: number;
  readonly y: number;
}

export class Camera {
  #zoom = 1;
  /** What is in the middle of the canvas, in cells from the corner of the grid. */
  #centre: Point | undefined;

  get zoom(): number {
    return this.#zoom;
  }

  /** The whole arena again. */
  reset(): void {
    this.#zoom = 1;
    this.#centre = undefined;
  }

  /** Where cells lie now. */
  layout(side: number, width: number, height: number, scale: number): BoardLayout {
    const whole = boardLayout(side, width, height, scale);
    if (this.#zoom === 1) return whole;
    const cell = whole.cell * this.#zoom;
    const centre = this.#centre ?? { x: side / 2, y: side / 2 };
    const left = corner(width, cell * side, centre.x * cell);
    const top = corner(height, cell * side, centre.y * cell);
    return { ...whole, cell, left, top };
  }

  /** Changes the zoom by a factor, so that what lies under a point (device pixels) stays under it. */
  zoomBy(factor: number, at: Point, layout: BoardLayout, size: Point): void {
    const zoom = Math.min(ZOOM_MAX, Math.max(1, this.#zoom * factor));
    const cell = (layout.cell / this.#zoom) * zoom;
    const under = { x: (at.x - layout.left) / layout.cell, y: (at.y - layout.top) / layout.cell };
    this.#zoom = zoom;
    this.#look({ x: under.x + (size.x / 2 - at.x) / cell, y: under.y + (size.y / 2 - at.y) / cell });
  }

  /** Moves the picture by device pixels. */
  panBy(by: Point, layout: BoardLayout, size: Point): void {
    const middle = {
      x: (size.x / 2 - layout.left) / layout.cell,
      y: (size.y / 2 - layout.top) / layout.cell,
    };
    this.#look({ x: middle.x - by.x / layout.cell, y: middle.y - by.y / layout.cell });
  }

  /** Comes closer to a place, in cells; at once when `elapsedMs` is infinite. */
  follow(place: Point, elapsedMs: number): void {
    const goal = { x: place.x + 0.5, y: place.y + 0.5 };
    const from = this.#centre ?? goal;
    const share = 1 - Math.exp(-elapsedMs / FOLLOW_MS);
    this.#look({ x: from.x + (goal.x - from.x) * share, y: from.y + (goal.y - from.y) * share });
  }

  #look(at: Point): void {
    this.#centre = at;
  }
}

/** Where the grid begins on one axis, without showing more of the surroundings than need be. */
function corner(canvas: number, grid: number, centre: number): number {
  if (grid <= canvas) return (canvas - grid) / 2;
  return Math.min(0, Math.max(canvas - grid, canvas / 2 - centre));
}
