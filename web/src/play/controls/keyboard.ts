/**
 * Headings from the keyboard: arrows, WASD and the numeric pad.
 *
 * A press steers at once; letting go of everything changes nothing (headings are held, Space or 5 stops), and
 * the two keys of a diagonal may be let go a little apart. Invariants: keys typed into a field or pressed with
 * Ctrl, Alt or Meta are left alone; a lost focus forgets what was pressed.
 */
import type { Heading } from "@aurelius/sdk/wire";

export interface ControlHandlers {
  steer(heading: Heading): void;
  /** One warrior by its number, from 0. */
  choose(index: number): void;
  /** The next one, or the one before. */
  cycle(step: 1 | -1): void;
  /** All of them at once. */
  chooseAll(): void;
  /** Keys act only then. */
  active(): boolean;
}

type Direction = readonly [number, number];

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  KeyW: [0, -1],
  KeyS: [0, 1],
  KeyA: [-1, 0],
  KeyD: [1, 0],
  Numpad8: [0, -1],
  Numpad2: [0, 1],
  Numpad4: [-1, 0],
  Numpad6: [1, 0],
  Numpad7: [-1, -1],
  Numpad9: [1, -1],
  Numpad1: [-1, 1],
  Numpad3: [1, 1],
};
const STOPS: ReadonlySet<string> = new Set(["Space", "Numpad5"]);
const ALL: ReadonlySet<string> = new Set(["Digit0", "Backquote"]);
/** Within this the second key of a diagonal may be let go. */
const APART_MS = 50;

/** Listens until the answer is called. */
export function listenToKeyboard(handlers: ControlHandlers): () => void {
  const pressed = new Map<string, Direction>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const steer = (): void => {
    const heading = headingOf(sum(pressed.values()));
    if (heading !== 0) handlers.steer(heading);
  };
  const down = (event: KeyboardEvent): void => {
    if (!handlers.active() || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target))
      return;
    if (!act(event)) return;
    event.preventDefault();
  };
  const act = (event: KeyboardEvent): boolean => {
    const { code } = event;
    const direction = DIRECTIONS[code];
    if (direction !== undefined) {
      if (event.repeat) return true;
      clearTimeout(timer);
      pressed.set(code, direction);
      steer();
      return true;
    }
    if (STOPS.has(code)) {
      if (isPressable(event.target)) return false;
      handlers.steer(0);
      return true;
    }
    const digit = /^Digit([1-5])$/.exec(code)?.[1];
    if (digit !== undefined) handlers.choose(Number(digit) - 1);
    else if (ALL.has(code)) handlers.chooseAll();
    else if (code === "Tab" && !isPressable(event.target)) handlers.cycle(event.shiftKey ? -1 : 1);
    else return false;
    return true;
  };
  const up = (event: KeyboardEvent): void => {
    if (!pressed.delete(event.code)) return;
    clearTimeout(timer);
    if (pressed.size > 0) timer = setTimeout(steer, APART_MS);
  };
  const blur = (): void => {
    clearTimeout(timer);
    pressed.clear();
  };
  addEventListener("keydown", down);
  addEventListener("keyup", up);
  addEventListener("blur", blur);
  return () => {
    blur();
    removeEventListener("keydown", down);
    removeEventListener("keyup", up);
    removeEventListener("blur", blur);
  };
}

function sum(directions: Iterable<Direction>): Direction {
  let x = 0;
  let y = 0;
  for (const [dx, dy] of directions) {
    x += dx;
    y += dy;
  }
  return [Math.sign(x), Math.sign(y)];
}

const HEADINGS: readonly (readonly Heading[])[] = [
  [8, 1, 2],
  [7, 0, 3],
  [6, 5, 4],
];

/** The heading of a direction whose parts are −1, 0 or 1; y grows downwards. */
export function headingOf([x, y]: Direction): Heading {
  return HEADINGS[y + 1]?.[x + 1] ?? 0;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

/** Whether Space and Tab mean something to what has the focus. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a, summary, [role=dialog]") !== null;
}
