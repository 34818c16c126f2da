/**
 * Two fingers show more or less of the arena, one moves an enlarged picture.
 *
 * Invariants: two fingers count, more are left alone; with one finger nothing is moved unless `canPan`, so that a page
 * with the whole arena in it still scrolls. Absent: what the picture does with it.
 */
export interface PinchHandlers {
  /** Enlarge by `factor` around a point in CSS pixels of the target. */
  zoom(factor: number, x: number, y: number): void;
  /** Move by CSS pixels. */
  pan(dx: number, dy: number): void;
  /** Whether one finger, or the mouse, moves the picture. */
  canPan(): boolean;
  /** Two fingers are down from now on, or no longer. */
  pinching(on: boolean): void;
}

interface Finger {
  readonly x: number;
  readonly y: number;
}

/** A wheel turned by one notch enlarges by about a tenth. */
const WHEEL_SHARE = 0.0016;

/** Listens on `target` until the answer is called. */
export function listenToPinch(target: HTMLElement, handlers: PinchHandlers): () => void {
  const fingers = new Map<number, Finger>();
  let two = false;

  const place = (event: MouseEvent): Finger => {
    const { left, top } = target.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const settle = (): void => {
    const now = fingers.size >= 2;
    if (now === two) return;
    two = now;
    handlers.pinching(now);
  };
  const down = (event: PointerEvent): void => {
    if (fingers.size < 2) fingers.set(event.pointerId, place(event));
    settle();
  };
  const move = (event: PointerEvent): void => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const after = place(event);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, after);
    if (other === undefined) {
      if (handlers.canPan()) handlers.pan(after.x - before.x, after.y - before.y);
      return;
    }
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(after.x - other.x, after.y - other.y);
    if (was > 0) handlers.zoom(is / was, (after.x + other.x) / 2, (after.y + other.y) / 2);
    handlers.pan((after.x - before.x) / 2, (after.y - before.y) / 2);
  };
  const up = (event: PointerEvent): void => {
    fingers.delete(event.pointerId);
    settle();
  };
  const wheel = (event: WheelEvent): void => {
    // A trackpad's pinch comes as this too; the wheel alone scrolls the page.
    if (!event.ctrlKey) return;
    event.preventDefault();
    const { x, y } = place(event);
    handlers.zoom(Math.exp(-event.deltaY * WHEEL_SHARE), x, y);
  };
  const ends = ["pointerup", "pointercancel", "pointerleave"] as const;
  target.addEventListener("pointerdown", down);
  target.addEventListener("pointermove", move);
  for (const kind of ends) target.addEventListener(kind, up);
  target.addEventListener("wheel", wheel, { passive: false });
  return () => {
    target.removeEventListener("pointerdown", down);
    target.removeEventListener("pointermove", move);
    for (const kind of ends) target.removeEventListener(kind, up);
    target.removeEventListener("wheel", wheel);
  };
}
