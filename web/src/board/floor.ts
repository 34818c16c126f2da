/**
 * The arena's floor and walls: everything that does not move.
 *
 * Owns one bitmap per layout: a mosaic of slightly uneven stones, a quiet rosette in the middle and
 * the wall with its meander. Invariant: the picture is a pure function of the layout. Absent: the
 * safe zone, which moves.
 */
import { edgeX, edgeY, type BoardLayout } from "./layout";

const STONE = { r: 33, g: 30, b: 25 } as const;
const JOINT = "#14120f";
const WALL = "#2f2a21";
const WALL_TOP = "#443d30";
const WALL_FOOT = "#161410";
const GOLD = "rgb(217 180 95 / 0.34)";
/** Below this many device pixels a cell is too small for joints and ornaments. */
const DETAIL_MIN_PX = 9;

/** Paints the floor of `layout` into a new bitmap of `width` × `height` device pixels. */
export function paintFloor(layout: BoardLayout, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, width);
  canvas.height = Math.max(1, height);
  const context = canvas.getContext("2d");
  if (context === null) return canvas;
  context.fillStyle = JOINT;
  context.fillRect(0, 0, canvas.width, canvas.height);
  paintMosaic(context, layout);
  paintRosette(context, layout);
  paintWall(context, layout);
  return canvas;
}

function paintMosaic(context: CanvasRenderingContext2D, layout: BoardLayout): void {
  const { columns, rows, cell } = layout;
  context.fillStyle = JOINT;
  context.fillRect(edgeX(layout, 0), edgeY(layout, 0), edgeX(layout, columns), edgeY(layout, rows));
  const joint = cell >= DETAIL_MIN_PX ? Math.max(1, Math.round(cell / 26)) : 0;
  for (let y = 1; y < rows - 1; y += 1) {
    for (let x = 1; x < columns - 1; x += 1) {
      const tone = (grain(x, y) - 0.5) * 7 + ((x + y) % 2 === 0 ? 1.4 : -1.4);
      context.fillStyle = `rgb(${STONE.r + tone} ${STONE.g + tone} ${STONE.b + tone * 0.9})`;
      const px = edgeX(layout, x);
      const py = edgeY(layout, y);
      context.fillRect(px, py, edgeX(layout, x + 1) - px - joint, edgeY(layout, y + 1) - py - joint);
    }
  }
}

function paintRosette(context: CanvasRenderingContext2D, layout: BoardLayout): void {
  const { columns, rows, cell, left, top } = layout;
  const radius = (Math.min(columns, rows) - 2) * cell * 0.5;
  context.save();
  context.translate(left + (columns * cell) / 2, top + (rows * cell) / 2);
  context.strokeStyle = "rgb(217 180 95 / 0.11)";
  context.lineWidth = Math.max(1, cell * 0.06);
  for (const share of [0.22, 0.25, 0.62, 0.65]) circle(context, 0, 0, radius * share);
  const petals = 12;
  for (let petal = 0; petal < petals; petal += 1) {
    const angle = (petal * 2 * Math.PI) / petals;
    context.save();
    context.rotate(angle);
    context.beginPath();
    context.moveTo(0, -radius * 0.25);
    context.quadraticCurveTo(radius * 0.13, -radius * 0.44, 0, -radius * 0.62);
    context.quadraticCurveTo(-radius * 0.13, -radius * 0.44, 0, -radius * 0.25);
    context.stroke();
    context.restore();
  }
  context.restore();
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.stroke();
}

function paintWall(context: CanvasRenderingContext2D, layout: BoardLayout): void {
  const { columns, rows, cell } = layout;
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      if (x > 0 && y > 0 && x < columns - 1 && y < rows - 1) continue;
      const px = edgeX(layout, x);
      const py = edgeY(layout, y);
      const width = edgeX(layout, x + 1) - px;
      const height = edgeY(layout, y + 1) - py;
      context.fillStyle = WALL;
      context.fillRect(px, py, width, height);
      if (cell < DETAIL_MIN_PX) continue;
      const edge = Math.max(1, Math.round(cell / 14));
      context.fillStyle = WALL_TOP;
      context.fillRect(px, py, width, edge);
      context.fillStyle = WALL_FOOT;
      context.fillRect(px, py + height - edge, width, edge);
      paintMeander(context, px, py, cell, x === 0 || x === columns - 1);
    }
  }
}

/** One turn of the Greek key, the ornament of the wall. */
function paintMeander(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  cell: number,
  upright: boolean,
): void {
  context.save();
  context.translate(left + cell / 2, top + cell / 2);
  if (upright) context.rotate(Math.PI / 2);
  const unit = cell / 10;
  context.strokeStyle = GOLD;
  context.lineWidth = Math.max(1, unit * 0.9);
  context.beginPath();
  context.moveTo(-5 * unit, 2.5 * unit);
  context.lineTo(-3 * unit, 2.5 * unit);
  context.lineTo(-3 * unit, -2.5 * unit);
  context.lineTo(3 * unit, -2.5 * unit);
  context.lineTo(3 * unit, 1 * unit);
  context.lineTo(0, 1 * unit);
  context.lineTo(0, -0.6 * unit);
  context.moveTo(3 * unit, 1 * unit);
  context.lineTo(3 * unit, 2.5 * unit);
  context.lineTo(5 * unit, 2.5 * unit);
  context.stroke();
  context.restore();
}

/** A repeatable pseudo-random number 0–1 for a cell. */
function grain(x: number, y: number): number {
  let hash = (x * 374_761_393 + y * 668_265_263) | 0;
  hash = Math.imul(hash ^ (hash >>> 13), 1_274_126_177);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}
