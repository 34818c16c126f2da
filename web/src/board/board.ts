/**
 * The arena on its canvas.
 *
 * Owns the canvas, its size in device pixels, and one draw per animation frame. Invariants: it only
 * reads ticks, never changes them; with nothing to show it draws an empty arena;
 * sizes are whole device pixels. Absent: sockets, text panels, and playing.
 */
import { HEADING_STEP, type Snapshot, type Tick, type TickEvent, type Warrior } from "@aurelius/sdk/wire";
import { Camera } from "./camera";
import { Effects } from "./effects";
import { Fineness } from "./fineness";
import { paintFloor } from "./floor";
import { boardLayout, type BoardLayout } from "./layout";
import { Motion, type Place } from "./motion";
import { livery } from "./palette";
import { drawPowerUp, POWER_UP_COLOUR } from "./power-ups";
import { drawWarrior, FLASH_TICKS, healthShare } from "./warriors";
import { ZoneView } from "./zone";

/** How much of the gap to the real health the drawn bar closes per tick. */
const HEALTH_EASE = 0.16;

/** Warriors of whoever plays here. */
export interface OwnWarriors {
  readonly slot: number;
  /** Indices of those that the next move is for. */
  readonly chosen: readonly number[];
}

/** What is known of a warrior before the frames tell. */
export interface Ahead {
  /** In cells; undefined where nothing can be said better than the frames do. */
  readonly place: Place | undefined;
  /** Radians; undefined to leave it as it was. */
  readonly facing: number | undefined;
}

/** The floor is painted once; enlarged beyond this many device pixels it only gets softer. */
const FLOOR_MAX_PX = 2048;

interface Figure {
  readonly motion: Motion;
  facing: number | undefined;
  hitTick: number;
  health: number;
  /** Where it was drawn, when that is not where the frames have it. */
  ahead: Place | undefined;
}

export class Board {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #calm: MediaQueryList;
  readonly #effects = new Effects(getComputedStyle(document.body).fontFamily);
  readonly #zone = new ZoneView();
  readonly #camera = new Camera();
  readonly #fineness = new Fineness();
  /** The warrior in the middle of the picture. */
  #followed: number | undefined;
  #drawnAtMs = 0;
  #figures: (Figure | undefined)[] = [];
  #snapshot: Snapshot | undefined;
  #floor: HTMLCanvasElement | undefined;
  /** Floor and zone together, while the zone stands still. */
  #ground: HTMLCanvasElement | undefined;
  #groundZone = -1;
  /** The floor for a picture that shows a part of the arena. */
  #closeFloor: HTMLCanvasElement | undefined;
  #layout: BoardLayout = boardLayout(1, 1, 1, 1);
  /** Cells of one side, walls included; 0 before a match. */
  #side = 0;
  #lastTick = 0;
  #focus: number | undefined;
  #own: OwnWarriors | undefined;
  #ahead: ((index: number) => Ahead | undefined) | undefined;
  readonly #observer: ResizeObserver;

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(canvas);
    this.#resize();
  }

  /** Forgets the match; an empty arena of `side` cells, walls included, is shown until the first tick. */
  reset(side: number): void {
    this.#snapshot = undefined;
    this.#figures = [];
    this.#effects.clear();
    this.#zone.reset();
    this.#lastTick = 0;
    this.#drawnAtMs = 0;
    this.#setSide(side);
  }

  /** Stops following the canvas's size. */
  close(): void {
    this.#observer.disconnect();
  }

  /** Marks the warriors of whoever plays here, and the chosen among them. */
  setOwn(own: OwnWarriors | undefined): void {
    this.#own = own;
  }

  /** Where warriors are drawn that are known better than the frames tell; undefined for none. */
  setAhead(ahead: ((index: number) => Ahead | undefined) | undefined): void {
    this.#ahead = ahead;
  }

  /** Highlights the warriors of one player slot, or nobody. */
  focus(slot: number | undefined): void {
    this.#focus = slot;
  }

  /** The warrior that the picture follows; undefined for nobody. */
  follow(index: number | undefined): void {
    this.#followed = index;
  }

  get zoom(): number {
    return this.#camera.zoom;
  }

  /** Device pixels for a CSS pixel. */
  get #scale(): number {
    return this.#fineness.scale(window.devicePixelRatio || 1);
  }

  /** CSS pixels of a cell when the whole arena is shown. */
  get cellWhole(): number {
    return this.#layout.cell / this.#camera.zoom / this.#layout.scale;
  }

  /** Shows more or less of the arena; what lies under a point in CSS pixels stays there, or the middle. */
  zoomBy(factor: number, cssX?: number, cssY?: number): void {
    const { width, height } = this.canvas;
    const scale = this.#scale;
    const at = {
      x: cssX === undefined ? width / 2 : cssX * scale,
      y: cssY === undefined ? height / 2 : cssY * scale,
    };
    this.#camera.zoomBy(factor, at, this.#layout, { x: width, y: height });
    this.#place();
  }

  /** Moves the picture by CSS pixels, and follows nobody any more. */
  panBy(cssX: number, cssY: number): void {
    const scale = this.#scale;
    this.#followed = undefined;
    const size = { x: this.canvas.width, y: this.canvas.height };
    this.#camera.panBy({ x: cssX * scale, y: cssY * scale }, this.#layout, size);
    this.#place();
  }

  /** Shows the whole arena again. */
  showWhole(): void {
    this.#camera.reset();
    this.#followed = undefined;
    this.#place();
  }

  /** Takes the next tick the timeline passed. */
  show({ snapshot, events }: Tick): void {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    const { side, zone, tick } = snapshot;
    this.#setSide(side + 2);
    this.#zone.set({ left: zone, top: zone, right: side + 1 - zone, bottom: side + 1 - zone }, tick);
    snapshot.warriors.forEach((warrior, index) =>
      this.#follow(index, warrior, before?.warriors[index], snapshot),
    );
    this.#flare(events, tick);
  }

  /** Draws the board at the fractional `tick`; `nowMs` only moves ornaments. */
  draw(tick: number, nowMs: number): void {
    const context = this.#context;
    if (context === null) return;
    this.#fineness.drawn(nowMs, window.devicePixelRatio || 1);
    // Another screen, another zoom, or frames that come late.
    if (this.#layout.scale !== this.#scale) this.#resize();
    const { width, height } = this.canvas;
    if (this.#side === 0) {
      context.clearRect(0, 0, width, height);
      return;
    }
    this.#lookAtFollowed(nowMs);
    const zoned = this.#drawGround(context, width, height, tick);
    const elapsed = Math.min(30, Math.max(0, tick - this.#lastTick));
    this.#lastTick = tick;
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return;

    const calm = this.#calm.matches;
    const pulse = calm ? 0.25 : (nowMs / 1000) % 1;
    if (!zoned) this.#zone.draw(context, this.#layout, tick);
    this.#effects.drawGround(context, this.#layout, tick);
    for (const item of snapshot.powerUps) {
      if (item === null) continue;
      const phase = calm ? 0 : (nowMs / 1800 + (item.x * 7 + item.y * 3) / 16) % 1;
      drawPowerUp(context, this.#layout, item.kind, item.x, item.y, phase);
    }
    for (const index of this.#drawOrder(snapshot, tick)) {
      const warrior = snapshot.warriors[index];
      const figure = this.#figures[index];
      if (warrior === undefined || figure === undefined) continue;
      figure.health += (healthShare(warrior) - figure.health) * (1 - (1 - HEALTH_EASE) ** elapsed);
      const ahead = this.#ahead?.(index);
      if (ahead !== undefined) figure.facing = ahead.facing ?? figure.facing;
      figure.ahead = ahead?.place;
      const place = figure.ahead ?? figure.motion.at(tick);
      if (!isInSight(this.#layout, place, width, height)) continue;
      drawWarrior(context, this.#layout, warrior, {
        place,
        facing: figure.facing,
        own: this.#ownMark(index, warrior),
        flash: Math.max(0, 1 - (tick - figure.hitTick) / FLASH_TICKS),
        health: figure.health,
        emphasis: this.#focus === undefined ? "none" : this.#focus === warrior.owner ? "focused" : "dimmed",
        pulse,
        calm,
      });
    }
    this.#effects.drawAbove(context, this.#layout, tick, calm);
  }

  /** The living warrior whose cell lies under a point in CSS pixels of the canvas. */
  warriorAt(cssX: number, cssY: number): { readonly index: number; readonly warrior: Warrior } | undefined {
    const rect = this.canvas.getBoundingClientRect();
    if (rect.width === 0 || this.#snapshot === undefined) return undefined;
    const scale = this.canvas.width / rect.width;
    const x = (cssX * scale - this.#layout.left) / this.#layout.cell - 0.5;
    const y = (cssY * scale - this.#layout.top) / this.#layout.cell - 0.5;
    let best: { index: number; warrior: Warrior } | undefined;
    let bestDistance = 0.75;
    this.#snapshot.warriors.forEach((warrior, index) => {
      const place = this.placeOf(index);
      if (warrior.hp === 0 || place === undefined) return;
      const distance = Math.hypot(place.x - x, place.y - y);
      if (distance < bestDistance) {
        bestDistance = distance;
        best = { index, warrior };
      }
    });
    return best;
  }

  /** Where a warrior is drawn, in cells. */
  placeOf(index: number): Place | undefined {
    const figure = this.#figures[index];
    return figure?.ahead ?? figure?.motion.at(this.#lastTick);
  }

  /** Which way a warrior is drawn to look, radians. */
  facingOf(index: number): number | undefined {
    return this.#figures[index]?.facing;
  }

  #lookAtFollowed(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#drawnAtMs);
    this.#drawnAtMs = nowMs;
    const place = this.#followed === undefined ? undefined : this.placeOf(this.#followed);
    if (place === undefined || this.#camera.zoom === 1) return;
    this.#camera.follow(place, this.#calm.matches ? Number.POSITIVE_INFINITY : elapsedMs);
    this.#place();
  }

  /** Draws what lies under everything; true when the zone is on it already, because it stands still. */
  #drawGround(context: CanvasRenderingContext2D, width: number, height: number, tick: number): boolean {
    const still = this.#zone.still(tick);
    if (this.#camera.zoom > 1 || still === undefined || this.#snapshot === undefined) {
      this.#drawFloor(context, width, height);
      return false;
    }
    if (this.#ground === undefined || this.#groundZone !== still) {
      this.#ground ??= document.createElement("canvas");
      Object.assign(this.#ground, { width, height });
      const under = this.#ground.getContext("2d", { alpha: false });
      if (under === null) return false;
      this.#drawFloor(under, width, height);
      this.#zone.draw(under, this.#layout, tick);
      this.#groundZone = still;
    }
    context.drawImage(this.#ground, 0, 0);
    return true;
  }

  /** The floor is a bitmap of the whole grid, which the camera moves and enlarges. */
  #drawFloor(context: CanvasRenderingContext2D, width: number, height: number): void {
    const { cell, left, top, columns, scale } = this.#layout;
    const side = cell * columns;
    if (this.#camera.zoom === 1) {
      this.#floor ??= paintFloor(this.#layout, width, height);
      context.drawImage(this.#floor, 0, 0);
      return;
    }
    const bitmap = Math.min(FLOOR_MAX_PX, Math.round(side));
    if (this.#closeFloor?.width !== bitmap)
      this.#closeFloor = paintFloor(boardLayout(columns, bitmap, bitmap, scale), bitmap, bitmap);
    if (side < width || side < height) {
      context.fillStyle = "#14120f";
      context.fillRect(0, 0, width, height);
    }
    context.drawImage(this.#closeFloor, left, top, side, side);
  }

  #ownMark(index: number, warrior: Warrior): "none" | "own" | "chosen" {
    const own = this.#own;
    if (own === undefined || own.slot !== warrior.owner) return "none";
    return own.chosen.includes(index) ? "chosen" : "own";
  }

  /** Living warriors from back to front, so that lower rows overlap upper ones. */
  #drawOrder(snapshot: Snapshot, tick: number): number[] {
    const order: { index: number; y: number }[] = [];
    snapshot.warriors.forEach((warrior, index) => {
      const place = this.#figures[index]?.motion.at(tick);
      if (warrior.hp > 0 && place !== undefined) order.push({ index, y: place.y });
    });
    return order.sort((a, b) => a.y - b.y || a.index - b.index).map((entry) => entry.index);
  }

  #follow(index: number, warrior: Warrior, before: Warrior | undefined, snapshot: Snapshot): void {
    const { tick } = snapshot;
    let figure = this.#figures[index];
    if (figure === undefined) {
      figure = {
        motion: new Motion(warrior.x, warrior.y),
        facing: undefined,
        hitTick: Number.NEGATIVE_INFINITY,
        health: healthShare(warrior),
        ahead: undefined,
      };
      this.#figures[index] = figure;
    }
    figure.motion.moveTo(
      warrior.x,
      warrior.y,
      tick,
      warrior.effect === "speed" || snapshot.special?.kind === "haste",
    );
    const step = HEADING_STEP[warrior.heading];
    if (step !== undefined && warrior.heading !== 0) figure.facing = Math.atan2(step[1], step[0]);
    if (before === undefined || before.hp === 0) return;
    if (warrior.hp > before.hp) {
      const place = figure.motion.at(tick);
      this.#effects.add({ kind: "heal", tick, x: place.x, y: place.y, points: warrior.hp - before.hp });
    }
  }

  /** What happened on a tick, drawn where it happened. */
  #flare(events: readonly TickEvent[], tick: number): void {
    const wounds = new Map<number, number>();
    for (const event of events) {
      if (event.kind === "hit") {
        wounds.set(event.target, (wounds.get(event.target) ?? 0) + event.damage);
        this.#swing(event.attacker, event.target, tick);
      } else if (event.kind === "died") {
        this.#fall(event.warrior, tick);
      } else if (event.kind === "pickup") {
        const warrior = this.#snapshot?.warriors[event.warrior];
        const colour = POWER_UP_COLOUR[event.power];
        if (warrior !== undefined)
          this.#effects.add({ kind: "pickup", tick, x: warrior.x, y: warrior.y, colour });
      }
    }
    for (const [target, points] of wounds) {
      const figure = this.#figures[target];
      if (figure === undefined) continue;
      figure.hitTick = tick;
      const { x, y } = figure.motion.at(tick);
      this.#effects.add({ kind: "damage", tick, x, y, points });
    }
  }

  #swing(attacker: number, target: number, tick: number): void {
    const striker = this.#figures[attacker];
    const victim = this.#figures[target];
    if (striker === undefined || victim === undefined) return;
    const from = striker.motion.at(tick);
    const to = victim.motion.at(tick);
    striker.facing = Math.atan2(to.y - from.y, to.x - from.x);
    this.#effects.add({ kind: "slash", tick, x: from.x, y: from.y, toX: to.x, toY: to.y });
  }

  #fall(index: number, tick: number): void {
    const figure = this.#figures[index];
    const warrior = this.#snapshot?.warriors[index];
    if (figure === undefined || warrior === undefined) return;
    const { x, y } = figure.motion.at(tick);
    this.#effects.add({ kind: "death", tick, x, y, colour: livery(warrior.owner).field, seed: index });
  }

  #setSide(side: number): void {
    if (side === this.#side) return;
    this.#side = side;
    this.#resize();
  }

  #resize(): void {
    const scale = this.#scale;
    const width = Math.max(1, Math.round(this.canvas.clientWidth * scale));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * scale));
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.#place();
    this.#floor = undefined;
    this.#ground = undefined;
    this.#closeFloor = undefined;
  }

  /** Cells where the camera has them now. */
  #place(): void {
    const { width, height } = this.canvas;
    this.#layout = this.#camera.layout(Math.max(1, this.#side), width, height, this.#scale);
  }
}

/** Whether any of a warrior would be on the canvas: it is drawn within two cells of its own. */
function isInSight(layout: BoardLayout, { x, y }: Place, width: number, height: number): boolean {
  const { cell, left, top } = layout;
  const px = left + x * cell;
  const py = top + y * cell;
  return px > -2 * cell && py > -2 * cell && px < width + 2 * cell && py < height + 2 * cell;
}
