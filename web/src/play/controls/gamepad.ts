/**
 * Headings from a gamepad: left stick or cross; A stops, shoulders choose, Y takes all.
 *
 * Asked once an animation frame, as the interface wants it. Invariant: a button acts when it goes down, once.
 */
import type { Heading } from "@aurelius/sdk/wire";
import { type ControlHandlers, headingOf } from "./keyboard";
import { sectorHeading } from "./stick";

const DEAD = 0.4;
/** Of the standard layout. */
const BUTTON = { stop: 0, all: 3, previous: 4, next: 5, up: 12, down: 13, left: 14, right: 15 } as const;

export class Gamepads {
  readonly #handlers: ControlHandlers;
  #heading: Heading | undefined;
  #down: ReadonlySet<number> = new Set();

  constructor(handlers: ControlHandlers) {
    this.#handlers = handlers;
  }

  /** Looks at the first gamepad, if one is there. */
  poll(): void {
    const pad = navigator
      .getGamepads?.()
      .find((one) => one?.connected === true && one.mapping === "standard");
    if (pad === undefined || pad === null || !this.#handlers.active()) return;
    const down = new Set(pad.buttons.flatMap((button, index) => (button.pressed ? [index] : [])));
    const pressed = (index: number): boolean => down.has(index) && !this.#down.has(index);
    if (pressed(BUTTON.stop)) this.#handlers.steer(0);
    if (pressed(BUTTON.all)) this.#handlers.chooseAll();
    if (pressed(BUTTON.previous)) this.#handlers.cycle(-1);
    if (pressed(BUTTON.next)) this.#handlers.cycle(1);
    this.#down = down;
    this.#steer(pad, down);
  }

  #steer(pad: Gamepad, down: ReadonlySet<number>): void {
    const cross = headingOf([
      Number(down.has(BUTTON.right)) - Number(down.has(BUTTON.left)),
      Number(down.has(BUTTON.down)) - Number(down.has(BUTTON.up)),
    ]);
    const [x = 0, y = 0] = pad.axes;
    const heading =
      cross !== 0
        ? cross
        : Math.hypot(x, y) > DEAD
          ? sectorHeading(Math.atan2(y, x), this.#heading)
          : undefined;
    if (heading === this.#heading) return;
    this.#heading = heading;
    if (heading !== undefined) this.#handlers.steer(heading);
  }
}
