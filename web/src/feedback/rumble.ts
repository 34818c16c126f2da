/**
 * What can be felt: the phone in the hand, or the gamepad.
 *
 * Only what concerns one's own warriors. Invariant: nothing is asked of a device that has no motor for it.
 */
import type { Cue } from "./cues";

/** Milliseconds: on, off, on. Cues that are not here cannot be felt. */
const PATTERNS: Partial<Readonly<Record<Cue, readonly number[]>>> = {
  begin: [60],
  wound: [25],
  kill: [20, 40, 20],
  pickup: [12],
  fallen: [90, 50, 140],
  won: [40, 60, 40, 60, 120],
  lost: [200],
};

export interface RumbleMeans {
  /** `navigator.vibrate`, where there is one. */
  vibrate?(pattern: number[]): boolean;
  getGamepads?(): readonly (Gamepad | null)[];
}

export class Rumble {
  readonly #means: RumbleMeans;

  constructor(means: RumbleMeans = thisDevice()) {
    this.#means = means;
  }

  /** Whether anything could be felt on this device; gamepads show up when a button is pressed. */
  get possible(): boolean {
    return this.#means.vibrate !== undefined || this.#motors().length > 0;
  }

  play(cue: Cue): void {
    const pattern = PATTERNS[cue];
    if (pattern === undefined) return;
    this.#means.vibrate?.([...pattern]);
    const duration = pattern.reduce((sum, part) => sum + part, 0);
    for (const motor of this.#motors()) {
      // A pad that was pulled out in the meantime is no news.
      void motor
        .playEffect("dual-rumble", {
          duration,
          weakMagnitude: 0.7,
          strongMagnitude: duration > 100 ? 0.9 : 0.3,
        })
        .catch(() => undefined);
    }
  }

  #motors(): GamepadHapticActuator[] {
    const pads = this.#means.getGamepads?.() ?? [];
    return pads.flatMap((pad) => {
      const motor = pad?.vibrationActuator;
      return pad?.connected === true && motor !== undefined && motor !== null ? [motor] : [];
    });
  }
}

/** Browsers at a desk take vibrations too, and do nothing about them. */
function thisDevice(): RumbleMeans {
  const inHand = matchMedia("(any-pointer: coarse)").matches && "vibrate" in navigator;
  return {
    ...(inHand ? { vibrate: (pattern: number[]) => navigator.vibrate(pattern) } : {}),
    getGamepads: () => navigator.getGamepads?.() ?? [],
  };
}
