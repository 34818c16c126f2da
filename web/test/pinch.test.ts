import { beforeEach, describe, expect, it } from "vitest";
import { listenToPinch } from "../src/play/controls/pinch";

let said: string[] = [];
let pannable = false;
let target: EventTarget;
let stop: () => void;

/** A pointer's event at a point of the page; the target lies at 10, 20. */
function pointer(type: string, pointerId: number, x: number, y: number): void {
  target.dispatchEvent(Object.assign(new Event(type), { pointerId, clientX: x + 10, clientY: y + 20 }));
}

function wheel(deltaY: number, ctrlKey: boolean): boolean {
  const event = new Event("wheel", { cancelable: true });
  return !target.dispatchEvent(Object.assign(event, { deltaY, ctrlKey, clientX: 60, clientY: 70 }));
}

beforeEach(() => {
  said = [];
  pannable = false;
  target = Object.assign(new EventTarget(), { getBoundingClientRect: () => ({ left: 10, top: 20 }) });
  stop = listenToPinch(target as unknown as HTMLElement, {
    zoom: (factor, x, y) => said.push(`zoom ${factor.toFixed(2)} at ${x},${y}`),
    pan: (dx, dy) => said.push(`pan ${dx},${dy}`),
    canPan: () => pannable,
    pinching: (on) => said.push(on ? "two" : "not two"),
  });
});

describe("fingers on the arena", () => {
  it("one: nothing, unless there is more arena than canvas", () => {
    pointer("pointerdown", 1, 0, 0);
    pointer("pointermove", 1, 30, 5);
    expect(said).toEqual([]);
    pannable = true;
    pointer("pointermove", 1, 40, 0);
    expect(said).toEqual(["pan 10,-5"]);
  });

  it("two: enlarge around their middle, and move", () => {
    pointer("pointerdown", 1, 0, 0);
    pointer("pointerdown", 2, 100, 0);
    pointer("pointermove", 2, 200, 0);
    expect(said).toEqual(["two", "zoom 2.00 at 100,0", "pan 50,0"]);
    pointer("pointerup", 1, 0, 0);
    expect(said.at(-1)).toBe("not two");
    pointer("pointermove", 2, 300, 0);
    expect(said.length).toBe(4);
  });

  it("a third is left alone, and one that never came down too", () => {
    pointer("pointerdown", 1, 0, 0);
    pointer("pointerdown", 2, 100, 0);
    pointer("pointerdown", 3, 50, 50);
    pointer("pointermove", 3, 90, 90);
    pointer("pointermove", 9, 90, 90);
    expect(said).toEqual(["two"]);
  });

  it("two in one place do not divide by nothing", () => {
    pointer("pointerdown", 1, 5, 5);
    pointer("pointerdown", 2, 5, 5);
    pointer("pointermove", 2, 9, 5);
    expect(said).toEqual(["two", "pan 2,0"]);
  });

  it("the wheel scrolls the page, with Ctrl it enlarges", () => {
    expect(wheel(-100, false)).toBe(false);
    expect(said).toEqual([]);
    expect(wheel(-100, true)).toBe(true);
    expect(said).toEqual(["zoom 1.17 at 50,50"]);
  });

  it("are not heard any more after the end", () => {
    stop();
    pointer("pointerdown", 1, 0, 0);
    pointer("pointerdown", 2, 100, 0);
    expect(said).toEqual([]);
  });
});
