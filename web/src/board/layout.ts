/**
 * Where cells lie in device pixels.
 *
 * A cell's side is fractional, so that the grid fills the canvas; whoever draws edges rounds them.
 * Invariant: the grid is centred and never larger than the canvas. Absent: drawing.
 */
export interface BoardLayout {
  /** Grid size in cells, border included. */
  readonly columns: number;
  readonly rows: number;
  /** Side of a cell in device pixels. */
  readonly cell: number;
  /** Top left corner of the grid in device pixels. */
  readonly left: number;
  readonly top: number;
  /** Device pixels per CSS pixel. */
  readonly scale: number;
}

/** The largest layout of a `side` × `side` grid in a canvas of `width` × `height` device pixels. */
export function boardLayout(side: number, width: number, height: number, scale: number): BoardLayout {
  const cell = Math.max(1, Math.min(width, height) / side);
  return {
    columns: side,
    rows: side,
    cell,
    left: (width - cell * side) / 2,
    top: (height - cell * side) / 2,
    scale,
  };
}

/** First device pixel of a column of cells, whole. */
export function edgeX(layout: BoardLayout, column: number): number {
  return Math.round(layout.left + column * layout.cell);
}

export function edgeY(layout: BoardLayout, row: number): number {
  return Math.round(layout.top + row * layout.cell);
}

/** Device pixel of the centre of a cell coordinate, fractions allowed. */
export function centreX(layout: BoardLayout, x: number): number {
  return layout.left + (x + 0.5) * layout.cell;
}

export function centreY(layout: BoardLayout, y: number): number {
  return layout.top + (y + 0.5) * layout.cell;
}
