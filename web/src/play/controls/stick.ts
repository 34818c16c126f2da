/**
 * A floating eight-way stick under the thumb.
 *
 * It appears where a finger lands on the arena and steers once the finger has left the dead zone; a finger
 * that never does is a tap. Invariants: one finger steers; a sector is left only `HYSTERESIS` behind its
 * border, so that a thumb between two sectors does not flicker.
 */
import type { Heading } from "@aurelius/sdk/wire";

export interface StickHandlers {
  steer(heading: Heading): void;
  /** A tap at a point in CSS pixels of the target. */
  tapped(x: number, y: number): void;
  /** Where the stick is, for drawing; undefined when no finger is down. */
  shown(stick: StickView | undefined): void;
  active(): boolean;
}

export interface StickView {
  readonly x: number;
  readonly y: number;
  /** The knob, relative to the middle. */
  readonly dx: number;
  readonly dy: number;
}

const DEAD_PX = 12;
const REACH_PX = 52;
const SECTOR = Math.PI / 4;
const HYSTERESIS = Math.PI / 30;
/** By sector, from east clockwise on the screen. */
const BY_SECTOR: readonly Heading[] = [3, 4, 5, 6, 7, 8, 1, 2];

/** Listens on `target` until the answer is called. */
export function listenToStick(target: HTMLElement, handlers: StickHandlers): () => void {
  let finger: { readonly id: number; readonly x: number; readonly y: number } | undefined;
  let heading: Heading | undefined;

  const down = (event: PointerEvent): void => {
    if (event.pointerType === "mouse" || finger !== undefined || !handlers.active()) return;
    finger = { id: event.pointerId, x: event.offsetX, y: event.offsetY };
    heading = undefined;
    target.setPointerCapture(event.pointerId);
    event.preventDefault();
  };
  const move = (event: PointerEvent): void => {
    if (finger === undefined || event.pointerId !== finger.id) return;
    if (!handlers.active()) {
      // A second finger came: the two of them mean the picture.
      finger = undefined;
      handlers.shown(undefined);
      return;
    }
    const dx = event.offsetX - finger.x;
    const dy = event.offsetY - finger.y;
    const distance = Math.hypot(dx, dy);
    const share = Math.min(1, REACH_PX / Math.max(1, distance));
    handlers.shown({ x: finger.x, y: finger.y, dx: dx * share, dy: dy * share });
    if (distance < DEAD_PX) return;
    const next = sectorHeading(Math.atan2(dy, dx), heading);
    if (next === heading) return;
    heading = next;
    handlers.steer(next);
  };
  const end = (event: PointerEvent): void => {
    if (finger === undefined || event.pointerId !== finger.id) return;
    if (heading === undefined && event.type === "pointerup") handlers.tapped(finger.x, finger.y);
    finger = undefined;
    handlers.shown(undefined);
  };
  target.addEventListener("pointerdown", down);
  target.addEventListener("pointermove", move);
  target.addEventListener("pointerup", end);
  target.addEventListener("pointercancel", end);
  return () => {
    target.removeEventListener("pointerdown", down);
    target.removeEventListener("pointermove", move);
    target.removeEventListener("pointerup", end);
    target.removeEventListener("pointercancel", end);
    handlers.shown(undefined);
  };
}

/** The heading of an angle (radians, clockwise from east on the screen), sticking to `before`. */
export function sectorHeading(angle: number, before: Heading | undefined): Heading {
  const turn = (angle + 2 * Math.PI) % (2 * Math.PI);
  const sector = Math.round(turn / SECTOR) % BY_SECTOR.length;
  const heading = BY_SECTOR[sector] ?? 3;
  if (before === undefined || before === heading) return heading;
  const held = BY_SECTOR.indexOf(before) * SECTOR;
  const apart = Math.abs(((turn - held + 3 * Math.PI) % (2 * Math.PI)) - Math.PI);
  return apart < SECTOR / 2 + HYSTERESIS ? before : heading;
}
