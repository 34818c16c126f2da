/**
 * The round shield that stands for a player.
 *
 * Owns its drawing at any size, for the board (cached sprites) and for the panels (small canvases).
 * Invariant: the same slot paints the same shield everywhere. Absent: health, heading and effects,
 * which belong to a warrior and are drawn by `warriors.ts`.
 */
import { livery, type Livery } from "./palette";
import { Sprites } from "./sprites";

const IVORY = "#f1e9d8";

/** Paints the shield of `slot` centred on (`x`, `y`) with radius `radius`, in the context's units. */
export function paintShield(
  context: CanvasRenderingContext2D,
  slot: number,
  x: number,
  y: number,
  radius: number,
): void {
  const colours = livery(slot);
  context.save();
  context.translate(x, y);

  context.beginPath();
  context.arc(0, 0, radius, 0, Math.PI * 2);
  context.fillStyle = colours.shade;
  context.fill();

  const inner = radius * 0.84;
  context.beginPath();
  context.arc(0, 0, inner, 0, Math.PI * 2);
  context.fillStyle = colours.field;
  context.fill();
  context.save();
  context.clip();
  context.fillStyle = colours.ordinary;
  context.strokeStyle = colours.ordinary;
  paintOrdinary(context, colours, inner);
  context.restore();

  // A soft light from above keeps the disc from looking flat.
  const light = context.createLinearGradient(0, -radius, 0, radius);
  light.addColorStop(0, "rgb(255 255 255 / 0.28)");
  light.addColorStop(0.45, "rgb(255 255 255 / 0)");
  light.addColorStop(1, "rgb(0 0 0 / 0.26)");
  context.beginPath();
  context.arc(0, 0, inner, 0, Math.PI * 2);
  context.fillStyle = light;
  context.fill();

  // The boss.
  context.beginPath();
  context.arc(0, 0, radius * 0.24, 0, Math.PI * 2);
  context.fillStyle = colours.shade;
  context.fill();
  context.beginPath();
  context.arc(0, -radius * 0.02, radius * 0.16, 0, Math.PI * 2);
  context.fillStyle = IVORY;
  context.fill();
  context.restore();
}

function paintOrdinary(context: CanvasRenderingContext2D, colours: Livery, radius: number): void {
  const r = radius;
  switch (colours.pattern) {
    case 0: // annulet: a ring
      context.lineWidth = r * 0.22;
      context.beginPath();
      context.arc(0, 0, r * 0.62, 0, Math.PI * 2);
      context.stroke();
      break;
    case 1: // cross
      context.fillRect(-r * 0.16, -r, r * 0.32, r * 2);
      context.fillRect(-r, -r * 0.16, r * 2, r * 0.32);
      break;
    case 2: // quarterly
      context.fillRect(-r, -r, r, r);
      context.fillRect(0, 0, r, r);
      break;
    case 3: // pale: one upright band
      context.fillRect(-r * 0.34, -r, r * 0.68, r * 2);
      break;
    case 4: // gyronny: six sectors
      for (let sector = 0; sector < 3; sector += 1) {
        const start = (sector * 2 * Math.PI) / 3 - Math.PI / 2;
        context.beginPath();
        context.moveTo(0, 0);
        context.arc(0, 0, r, start, start + Math.PI / 3);
        context.fill();
      }
      break;
    case 5: // saltire: a diagonal cross
      context.rotate(Math.PI / 4);
      context.fillRect(-r * 0.16, -r, r * 0.32, r * 2);
      context.fillRect(-r, -r * 0.16, r * 2, r * 0.32);
      break;
    case 6: // per bend: one half
      context.rotate(Math.PI / 4);
      context.fillRect(-r, 0, r * 2, r);
      break;
    default: // pellets: four dots
      for (let dot = 0; dot < 4; dot += 1) {
        const angle = (dot * Math.PI) / 2 + Math.PI / 4;
        context.beginPath();
        context.arc(Math.cos(angle) * r * 0.6, Math.sin(angle) * r * 0.6, r * 0.2, 0, Math.PI * 2);
        context.fill();
      }
  }
}

const pictures = new Map<string, string>();
/** A hundred slots in some sizes; beyond it the cache starts over. */
const PICTURES_MAX = 400;

/**
 * The address of a picture of a player's shield for the panels, `side` device pixels wide. A picture and not a canvas:
 * each canvas on a page is a layer that is put together anew with every frame of the arena.
 */
export function shieldPicture(slot: number, side: number): string {
  const key = `${slot}:${side}`;
  const known = pictures.get(key);
  if (known !== undefined) return known;
  if (pictures.size >= PICTURES_MAX) pictures.clear();
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d");
  if (context !== null) paintShield(context, slot, side / 2, side / 2, side / 2);
  const address = canvas.toDataURL();
  pictures.set(key, address);
  return address;
}

/** More sizes than any one board needs. */
const sprites = new Sprites(256);

/** A cached bitmap of the shield of `slot` with a radius of `radius` device pixels. */
export function shieldSprite(slot: number, radius: number): HTMLCanvasElement {
  return sprites.get(String(slot), radius * 2, (context, size) =>
    paintShield(context, slot, size / 2, size / 2, size / 2),
  );
}
