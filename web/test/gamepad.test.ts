import type { Heading } from "@aurelius/sdk/wire";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Gamepads } from "../src/play/controls/gamepad";
import type { ControlHandlers } from "../src/play/controls/keyboard";

const BUTTONS = 17;
const pad = { connected: true, mapping: "standard", axes: [0, 0], buttons: [] as { pressed: boolean }[] };
let said: string[] = [];
let active = true;
let pads: (typeof pad | null)[] = [];

const handlers: ControlHandlers = {
  steer: (heading: Heading) => said.push(`steer ${heading}`),
  choose: (index) => said.push(`choose ${index}`),
  cycle: (step) => said.push(`cycle ${step}`),
  chooseAll: () => said.push("all"),
  active: () => active,
};

/** One look at the pad with these buttons down and the stick there; what it led to. */
function poll(
  gamepads: Gamepads,
  down: readonly number[],
  axes: readonly [number, number] = [0, 0],
): string[] {
  pad.buttons = Array.from({ length: BUTTONS }, (_, index) => ({ pressed: down.includes(index) }));
  pad.axes = [...axes];
  said = [];
  gamepads.poll();
  return said;
}

beforeEach(() => {
  active = true;
  pads = [null, pad];
  Object.assign(pad, { connected: true, mapping: "standard" });
  vi.stubGlobal("navigator", { getGamepads: () => pads });
});
afterEach(() => vi.unstubAllGlobals());

describe("a gamepad", () => {
  it("steers with the stick, once for each direction, and rests in the middle", () => {
    const gamepads = new Gamepads(handlers);
    expect(poll(gamepads, [], [0.2, 0.2])).toEqual([]);
    expect(poll(gamepads, [], [1, 0])).toEqual(["steer 3"]);
    expect(poll(gamepads, [], [0.97, 0.1])).toEqual([]);
    expect(poll(gamepads, [], [0.7, 0.7])).toEqual(["steer 4"]);
    expect(poll(gamepads, [], [0, -1])).toEqual(["steer 1"]);
    expect(poll(gamepads, [], [0, 0])).toEqual([]);
    expect(poll(gamepads, [], [0, -1])).toEqual(["steer 1"]);
  });

  it("does not flicker on the border of two directions", () => {
    const gamepads = new Gamepads(handlers);
    poll(gamepads, [], [1, 0]);
    const border = Math.PI / 8;
    for (const angle of [border + 0.05, border - 0.05, border + 0.05])
      expect(poll(gamepads, [], [Math.cos(angle), Math.sin(angle)])).toEqual([]);
  });

  it("steers with the cross, diagonals too, before the stick", () => {
    const gamepads = new Gamepads(handlers);
    expect(poll(gamepads, [12])).toEqual(["steer 1"]);
    expect(poll(gamepads, [12, 15], [-1, 0])).toEqual(["steer 2"]);
    expect(poll(gamepads, [13, 14])).toEqual(["steer 6"]);
  });

  it("acts when a button goes down, once", () => {
    const gamepads = new Gamepads(handlers);
    expect(poll(gamepads, [0])).toEqual(["steer 0"]);
    expect(poll(gamepads, [0])).toEqual([]);
    expect(poll(gamepads, [])).toEqual([]);
    expect(poll(gamepads, [3, 5])).toEqual(["all", "cycle 1"]);
    expect(poll(gamepads, [4])).toEqual(["cycle -1"]);
  });

  it("is left alone while nobody fights, unplugged, or of another layout", () => {
    const gamepads = new Gamepads(handlers);
    active = false;
    expect(poll(gamepads, [0], [1, 0])).toEqual([]);
    active = true;
    pad.connected = false;
    expect(poll(gamepads, [0], [1, 0])).toEqual([]);
    Object.assign(pad, { connected: true, mapping: "" });
    expect(poll(gamepads, [0], [1, 0])).toEqual([]);
    pads = [];
    expect(poll(gamepads, [0])).toEqual([]);
    vi.stubGlobal("navigator", {});
    expect(poll(gamepads, [0])).toEqual([]);
  });
});
