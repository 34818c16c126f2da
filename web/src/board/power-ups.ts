/**
 * Power-ups on the ground.
 *
 * Owns the four glyphs and their colours, which the legend and the standings reuse. Each kind has
 * its own silhouette, so that colour is never the only mark. Absent: what they do (docs/RULES.md).
 */
import type { PowerUpKind } from "@aurelius/sdk/wire";
import { centreX, centreY, type BoardLayout } from "./layout";
import { Sprites } from "./sprites";

export const POWER_UP_COLOUR: Record<PowerUpKind, string> = {
  rage: "#e8795b",
  heal: "#7fcfa8",
  shield: "#86b9e0",
  speed: "#e6c35c",
};

/** Glyphs on a 24 × 24 field. */
export const POWER_UP_PATH: Record<PowerUpKind, string> = {
  rage: "M12 2c1 4-3 5.5-3 9 0 .8.3 1.5.8 2C8 12.6 7.2 11.3 7.2 9.8 5.2 11.7 4.5 13.5 4.5 15.5 4.5 19.4 7.8 22 12 22s7.5-2.6 7.5-6.600C19.5 10 13.5 8 12 2z",
  heal: "M9.5 4h5v5.500H20v5h-5.500V20h-5v-5.500H4v-5h5.500z",
  shield: "M12 2.5 4.5 5v6.500c0 4.7 3.1 8.3 7.5 10 4.4-1.7 7.5-5.3 7.5-10V5z",
  speed: "M13.5 2 5 13.500h5.500L9 22l9.5-12.500H13z",
};

const paths = new Map<PowerUpKind, Path2D>();

function glyph(kind: PowerUpKind): Path2D {
  const known = paths.get(kind);
  if (known !== undefined) return known;
  const made = new Path2D(POWER_UP_PATH[kind]);
  paths.set(kind, made);
  return made;
}

const sprites = new Sprites(64);

/** Draws one power-up; `bob` 0–1 is the phase of its gentle rise and fall. */
export function drawPowerUp(
  context: CanvasRenderingContext2D,
  layout: BoardLayout,
  kind: PowerUpKind,
  x: number,
  y: number,
  bob: number,
): void {
  const px = centreX(layout, x);
  const py = centreY(layout, y);
  const { cell } = layout;
  const glow = sprites.get(`glow ${kind}`, cell * 2, (painter, size) => paintGlow(painter, size, kind));
  context.globalAlpha = 0.2 + 0.12 * Math.sin(bob * Math.PI * 2);
  context.drawImage(glow, px - glow.width / 2, py - glow.height / 2);
  context.globalAlpha = 1;
  const lift = Math.sin(bob * Math.PI * 2) * cell * 0.04;
  const tile = sprites.get(`tile ${kind}`, cell * 1.1, (painter, size) =>
    paintTile(painter, size, cell, kind),
  );
  context.drawImage(tile, px - tile.width / 2, py - lift - tile.height / 2);
}

function paintGlow(context: CanvasRenderingContext2D, size: number, kind: PowerUpKind): void {
  const half = size / 2;
  const glow = context.createRadialGradient(half, half, half * 0.1, half, half, half * 0.95);
  glow.addColorStop(0, POWER_UP_COLOUR[kind]);
  glow.addColorStop(1, "transparent");
  context.fillStyle = glow;
  context.fillRect(0, 0, size, size);
}

function paintTile(context: CanvasRenderingContext2D, size: number, cell: number, kind: PowerUpKind): void {
  const colour = POWER_UP_COLOUR[kind];
  const radius = cell * 0.5;
  context.translate(size / 2, size / 2);
  context.rotate(Math.PI / 4);
  context.fillStyle = "#14120e";
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1, cell * 0.06);
  const side = radius * 1.38;
  context.beginPath();
  context.roundRect(-side / 2, -side / 2, side, side, side * 0.18);
  context.fill();
  context.stroke();
  context.rotate(-Math.PI / 4);
  const scale = (radius * 1.05) / 24;
  context.scale(scale, scale);
  context.translate(-12, -12);
  context.fillStyle = colour;
  context.fill(glyph(kind));
}
