/**
 * A warrior on the board: shield, sword, health bar, effects.
 *
 * Owns how one living warrior is drawn. Absent: movement (`motion.ts`) and what flares and fades
 * (`effects.ts`).
 */
import { HEADING_STEP, HP_MAX, type Warrior } from "@aurelius/sdk/wire";
import { centreX, centreY, type BoardLayout } from "./layout";
import type { Place } from "./motion";
import { livery } from "./palette";
import { POWER_UP_COLOUR } from "./power-ups";
import { shieldSprite } from "./shield";
import { Sprites } from "./sprites";

/** Radius of the shield in cells: neighbours overlap a little, like a shield wall. */
const RADIUS = 0.54;
/** Hit flash in ticks. */
export const FLASH_TICKS = 8;

export interface WarriorLook {
  readonly place: Place;
  /** Radians of the last heading held, for the sword; undefined before the first. */
  readonly facing: number | undefined;
  /** 1 just hit, 0 not. */
  readonly flash: number;
  /** Health as drawn, 0–1: it drains a little slower than it falls. */
  readonly health: number;
  readonly emphasis: "none" | "focused" | "dimmed";
  /** Whether it is the player's own, and whether the next move is for it. */
  readonly own: "none" | "own" | "chosen";
  /** 0–1, cycles about once a second. */
  readonly pulse: number;
  readonly calm: boolean;
}

/** Draws one living warrior. */
export function drawWarrior(
  context: CanvasRenderingContext2D,
  layout: BoardLayout,
  warrior: Warrior,
  look: WarriorLook,
): void {
  const { cell } = layout;
  const x = centreX(layout, look.place.x);
  const y = centreY(layout, look.place.y);
  const radius = cell * RADIUS;
  const colours = livery(warrior.owner);
  context.save();
  context.globalAlpha = look.emphasis === "dimmed" ? 0.38 : 1;

  drawAura(context, warrior, look, x, y, radius);

  const shadow = shadows.get("shadow", radius * 2.1, paintShadow);
  context.drawImage(
    shadow,
    Math.round(x - shadow.width / 2),
    Math.round(y + radius * 0.32 - shadow.height / 2),
  );

  if (look.facing !== undefined) drawSword(context, x, y, radius, look.facing);

  const sprite = shieldSprite(warrior.owner, radius);
  context.drawImage(sprite, Math.round(x - sprite.width / 2), Math.round(y - sprite.height / 2));

  if (look.flash > 0) {
    context.globalAlpha *= look.flash * 0.6;
    context.fillStyle = "#fff6e6";
    context.beginPath();
    context.arc(x, y, radius, 0, Math.PI * 2);
    context.fill();
    context.globalAlpha = look.emphasis === "dimmed" ? 0.38 : 1;
  }
  if (warrior.effect === "shield") drawShieldEffect(context, x, y, radius);
  if (look.emphasis === "focused") {
    context.strokeStyle = "#fff3d6";
    context.lineWidth = Math.max(1.5, cell * 0.06);
    context.beginPath();
    context.arc(x, y, radius * 1.28, 0, Math.PI * 2);
    context.stroke();
  }
  if (look.own !== "none") drawOwnMark(context, x, y, radius, look.own === "chosen");
  drawHealth(context, x, y, cell, look.health, colours.field);
  context.restore();
}

const shadows = new Sprites(8);

function paintShadow(context: CanvasRenderingContext2D, size: number): void {
  const half = size / 2;
  context.fillStyle = "rgb(0 0 0 / 0.42)";
  context.beginPath();
  context.ellipse(half, half, half * 0.97, half * 0.876, 0, 0, Math.PI * 2);
  context.fill();
}

function drawAura(
  context: CanvasRenderingContext2D,
  warrior: Warrior,
  look: WarriorLook,
  x: number,
  y: number,
  radius: number,
): void {
  if (warrior.effect === "rage") {
    const beat = look.calm ? 0.5 : 0.5 + 0.5 * Math.sin(look.pulse * Math.PI * 4);
    const reach = radius * (1.75 + beat * 0.25);
    const glow = context.createRadialGradient(x, y, radius * 0.6, x, y, reach);
    glow.addColorStop(0, "rgb(232 96 62 / 0.75)");
    glow.addColorStop(1, "rgb(232 96 62 / 0)");
    context.fillStyle = glow;
    context.beginPath();
    context.arc(x, y, reach, 0, Math.PI * 2);
    context.fill();
  }
  if (warrior.effect === "speed" && warrior.heading !== 0) {
    const step = HEADING_STEP[warrior.heading] ?? [0, 0];
    const length = Math.hypot(step[0], step[1]) || 1;
    const backX = -step[0] / length;
    const backY = -step[1] / length;
    context.strokeStyle = POWER_UP_COLOUR.speed;
    context.lineCap = "round";
    context.lineWidth = Math.max(1, radius * 0.16);
    for (const side of [-0.55, 0, 0.55]) {
      const startX = x + backX * radius * 1.05 - backY * radius * side;
      const startY = y + backY * radius * 1.05 + backX * radius * side;
      const reach = radius * (side === 0 ? 0.95 : 0.6);
      context.beginPath();
      context.moveTo(startX, startY);
      context.lineTo(startX + backX * reach, startY + backY * reach);
      context.stroke();
    }
  }
}

function drawSword(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  facing: number,
): void {
  context.save();
  context.translate(x, y);
  context.rotate(facing);
  context.fillStyle = "#efe6d2";
  context.beginPath();
  context.moveTo(radius * 0.8, -radius * 0.19);
  context.lineTo(radius * 1.3, -radius * 0.13);
  context.lineTo(radius * 1.56, 0);
  context.lineTo(radius * 1.3, radius * 0.13);
  context.lineTo(radius * 0.8, radius * 0.17);
  context.closePath();
  context.fill();
  context.restore();
}

/** A ring around one's own, a closed one with an arrow above for those that the next move is for. */
function drawOwnMark(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  chosen: boolean,
): void {
  context.strokeStyle = "#fff3d6";
  context.lineWidth = Math.max(1.5, radius * 0.13);
  context.setLineDash(chosen ? [] : [radius * 0.5, radius * 0.4]);
  context.beginPath();
  context.arc(x, y, radius * 1.22, 0, Math.PI * 2);
  context.stroke();
  context.setLineDash([]);
  if (!chosen) return;
  const top = y - radius * 2.05;
  context.fillStyle = "#fff3d6";
  context.beginPath();
  context.moveTo(x, top + radius * 0.5);
  context.lineTo(x - radius * 0.42, top);
  context.lineTo(x + radius * 0.42, top);
  context.closePath();
  context.fill();
}

function drawShieldEffect(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.strokeStyle = POWER_UP_COLOUR.shield;
  context.lineWidth = Math.max(1, radius * 0.14);
  context.beginPath();
  for (let corner = 0; corner <= 6; corner += 1) {
    const angle = (corner * Math.PI) / 3 - Math.PI / 2;
    const px = x + Math.cos(angle) * radius * 1.32;
    const py = y + Math.sin(angle) * radius * 1.32;
    if (corner === 0) context.moveTo(px, py);
    else context.lineTo(px, py);
  }
  context.closePath();
  context.stroke();
}

function drawHealth(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  cell: number,
  health: number,
  colour: string,
): void {
  const width = Math.round(cell * 0.94);
  const height = Math.max(3, Math.round(cell * 0.14));
  const left = Math.round(x - width / 2);
  const top = Math.round(y - cell * 0.86);
  const line = Math.max(1, Math.round(cell * 0.035));
  context.fillStyle = "rgb(8 7 5 / 0.86)";
  context.fillRect(left - line, top - line, width + line * 2, height + line * 2);
  context.fillStyle = health <= 0.25 ? "#e2603f" : health <= 0.5 ? "#e2a44f" : colour;
  context.fillRect(left, top, Math.max(1, Math.round(width * health)), height);
}

/** Drawn health 0–1 of `warrior`, before smoothing. */
export function healthShare(warrior: Warrior): number {
  return Math.min(1, Math.max(0, warrior.hp / HP_MAX));
}
