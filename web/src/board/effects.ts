/**
 * Things that flare up on the board and fade: hits, deaths, pick-ups.
 *
 * Owns their life and their drawing. Invariants: every effect ends by itself; at most `EFFECTS_MAX`
 * live at once, the oldest going first; times are fractional ticks, so a paused board pauses them.
 * Absent: the decision what happened, which the board takes from snapshots and events.
 */
import { centreX, centreY, type BoardLayout } from "./layout";
import { Sprites } from "./sprites";

export type Effect =
  | {
      readonly kind: "damage";
      readonly tick: number;
      readonly x: number;
      readonly y: number;
      readonly points: number;
    }
  | {
      readonly kind: "heal";
      readonly tick: number;
      readonly x: number;
      readonly y: number;
      readonly points: number;
    }
  | {
      readonly kind: "slash";
      readonly tick: number;
      readonly x: number;
      readonly y: number;
      readonly toX: number;
      readonly toY: number;
    }
  | {
      readonly kind: "death";
      readonly tick: number;
      readonly x: number;
      readonly y: number;
      readonly colour: string;
      readonly seed: number;
    }
  | {
      readonly kind: "pickup";
      readonly tick: number;
      readonly x: number;
      readonly y: number;
      readonly colour: string;
    };

const EFFECTS_MAX = 200;
/** Lifetimes in ticks. */
const LIFETIME: Record<Effect["kind"], number> = { damage: 48, heal: 48, slash: 12, death: 150, pickup: 30 };
/** Numbers would only be clutter on cells smaller than this many CSS pixels. */
const NUMBERS_MIN_CELL_PX = 11;
/** And unreadable below this size, CSS pixels. */
const NUMBERS_MIN_FONT_PX = 9.5;

const DAMAGE_INK = "#ff9a7d";
const HEAL_INK = "#8fdcb8";

export class Effects {
  #live: Effect[] = [];
  readonly #fontFamily: string;
  /** Numbers, which many wounds share. */
  readonly #numbers = new Sprites(200);

  /** `fontFamily` is for the numbers: the page's own. */
  constructor(fontFamily: string) {
    this.#fontFamily = fontFamily;
  }

  add(effect: Effect): void {
    this.#live.push(effect);
    if (this.#live.length > EFFECTS_MAX) this.#live.shift();
  }

  clear(): void {
    this.#live = [];
  }

  /** Marks on the ground, under the warriors. */
  drawGround(context: CanvasRenderingContext2D, layout: BoardLayout, tick: number): void {
    this.#live = this.#live.filter((effect) => tick - effect.tick < LIFETIME[effect.kind]);
    for (const effect of this.#live) {
      if (effect.kind !== "death") continue;
      const age = Math.max(0, (tick - effect.tick) / LIFETIME.death);
      drawFallen(context, layout, effect.x, effect.y, effect.colour, 1 - age);
    }
  }

  /** Everything above the warriors. `calm` leaves out sparks, for people who asked for less motion. */
  drawAbove(context: CanvasRenderingContext2D, layout: BoardLayout, tick: number, calm: boolean): void {
    for (const effect of this.#live) {
      const age = (tick - effect.tick) / LIFETIME[effect.kind];
      if (age < 0 || age >= 1) continue;
      switch (effect.kind) {
        case "damage":
        case "heal":
          this.#drawNumber(context, layout, effect, age);
          break;
        case "slash":
          if (!calm) drawSlash(context, layout, effect, age);
          break;
        case "death":
          if (!calm) drawBurst(context, layout, effect, tick - effect.tick);
          break;
        case "pickup":
          drawRing(context, layout, effect.x, effect.y, effect.colour, age);
          break;
      }
    }
  }

  #drawNumber(
    context: CanvasRenderingContext2D,
    layout: BoardLayout,
    { kind, x, y, points }: NumberEffect,
    age: number,
  ): void {
    if (layout.cell < NUMBERS_MIN_CELL_PX * layout.scale || points === 0) return;
    const font = Math.round(Math.max(NUMBERS_MIN_FONT_PX * layout.scale, layout.cell * 0.52));
    const text = `${kind === "heal" ? "+" : "−"}${points}`;
    const sprite = this.#numbers.get(text, font * 3, (painter, size) =>
      paintNumber(painter, size, text, `700 ${font}px ${this.#fontFamily}`, Math.max(2, layout.cell * 0.1)),
    );
    const rise = (0.95 + 0.75 * (1 - (1 - age) ** 2)) * layout.cell;
    // Beside a wound of the same tick, not on top of it.
    const left = centreX(layout, x + (kind === "heal" ? 0.7 : 0)) - sprite.width / 2;
    context.globalAlpha = age < 0.6 ? 1 : 1 - (age - 0.6) / 0.4;
    context.drawImage(sprite, Math.round(left), Math.round(centreY(layout, y) - rise - sprite.height / 2));
    context.globalAlpha = 1;
  }
}

interface NumberEffect {
  readonly kind: "damage" | "heal";
  readonly x: number;
  readonly y: number;
  readonly points: number;
}

function paintNumber(
  context: CanvasRenderingContext2D,
  size: number,
  text: string,
  font: string,
  outline: number,
): void {
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = outline;
  context.strokeStyle = "rgb(10 9 7 / 0.75)";
  context.strokeText(text, size / 2, size / 2);
  context.fillStyle = text.startsWith("+") ? HEAL_INK : DAMAGE_INK;
  context.fillText(text, size / 2, size / 2);
}

function drawSlash(
  context: CanvasRenderingContext2D,
  layout: BoardLayout,
  effect: { readonly x: number; readonly y: number; readonly toX: number; readonly toY: number },
  age: number,
): void {
  const fromX = centreX(layout, effect.x);
  const fromY = centreY(layout, effect.y);
  const toX = centreX(layout, effect.toX);
  const toY = centreY(layout, effect.toY);
  const reach = Math.min(1, age * 2.4);
  const tail = Math.max(0, age * 1.6 - 0.6);
  context.globalAlpha = 1 - age;
  context.strokeStyle = "#fff4dc";
  context.lineCap = "round";
  context.lineWidth = Math.max(1.5, layout.cell * 0.1 * (1 - age));
  const bend = layout.cell * 0.35;
  const normalX = -(toY - fromY) / layout.cell;
  const normalY = (toX - fromX) / layout.cell;
  const midX = (fromX + toX) / 2 + normalX * bend;
  const midY = (fromY + toY) / 2 + normalY * bend;
  context.beginPath();
  const steps = 6;
  for (let step = 0; step <= steps; step += 1) {
    const t = tail + ((reach - tail) * step) / steps;
    const x = (1 - t) ** 2 * fromX + 2 * (1 - t) * t * midX + t ** 2 * toX;
    const y = (1 - t) ** 2 * fromY + 2 * (1 - t) * t * midY + t ** 2 * toY;
    if (step === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  context.stroke();
  context.globalAlpha = 1;
}

function drawBurst(
  context: CanvasRenderingContext2D,
  layout: BoardLayout,
  effect: { readonly x: number; readonly y: number; readonly colour: string; readonly seed: number },
  ageTicks: number,
): void {
  const age = ageTicks / 36;
  if (age >= 1) return;
  const x = centreX(layout, effect.x);
  const y = centreY(layout, effect.y);
  const ease = 1 - (1 - age) ** 3;
  context.globalAlpha = (1 - age) ** 1.5;
  context.strokeStyle = effect.colour;
  context.lineWidth = Math.max(1, layout.cell * 0.12 * (1 - age));
  context.beginPath();
  context.arc(x, y, layout.cell * (0.3 + ease * 0.9), 0, Math.PI * 2);
  context.stroke();
  context.fillStyle = effect.colour;
  const shards = 10;
  for (let shard = 0; shard < shards; shard += 1) {
    const angle = ((shard + (effect.seed % 7) / 7) * 2 * Math.PI) / shards;
    const reach = layout.cell * (0.25 + ease * (0.7 + ((effect.seed * (shard + 3)) % 5) * 0.12));
    const size = layout.cell * 0.1 * (1 - age * 0.6);
    context.save();
    context.translate(x + Math.cos(angle) * reach, y + Math.sin(angle) * reach);
    context.rotate(angle + age * 3);
    context.fillRect(-size, -size / 2, size * 2, size);
    context.restore();
  }
  context.globalAlpha = 1;
}

function drawRing(
  context: CanvasRenderingContext2D,
  layout: BoardLayout,
  x: number,
  y: number,
  colour: string,
  age: number,
): void {
  context.globalAlpha = 1 - age;
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1, layout.cell * 0.08);
  context.beginPath();
  context.arc(centreX(layout, x), centreY(layout, y), layout.cell * (0.35 + age * 0.5), 0, Math.PI * 2);
  context.stroke();
  context.globalAlpha = 1;
}

/** A fading saltire where a warrior fell. */
function drawFallen(
  context: CanvasRenderingContext2D,
  layout: BoardLayout,
  x: number,
  y: number,
  colour: string,
  strength: number,
): void {
  const px = centreX(layout, x);
  const py = centreY(layout, y);
  const arm = layout.cell * 0.2;
  context.globalAlpha = strength * 0.55;
  context.strokeStyle = colour;
  context.lineCap = "round";
  context.lineWidth = Math.max(1, layout.cell * 0.09);
  context.beginPath();
  context.moveTo(px - arm, py - arm);
  context.lineTo(px + arm, py + arm);
  context.moveTo(px + arm, py - arm);
  context.lineTo(px - arm, py + arm);
  context.stroke();
  context.globalAlpha = 1;
}
