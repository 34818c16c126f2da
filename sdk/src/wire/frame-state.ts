/**
 * The state that deltas go on top of.
 *
 * Invariants: a delta is applied only to the tick right before it; snapshots handed out are never
 * changed afterwards (unchanged warriors are shared between them); a frame that does not fit is
 * refused whole.
 */
import type { Snapshot, Tick, Warrior } from "./snapshot.js";
import { WireError } from "./bytes.js";
import { decodeFrames, type Delta, type WarriorChange } from "./frame.js";

/** A delta for another tick than the next, or one without a keyframe before it. */
export class GapError extends WireError {}

export class FrameState {
  #snapshot: Snapshot | undefined;

  /** The tick the state stands at. */
  get tick(): number | undefined {
    return this.#snapshot?.tick;
  }

  reset(): void {
    this.#snapshot = undefined;
  }

  /**
   * Hands over the ticks that a message brings, oldest first. Deltas across a gap are left out until
   * the next keyframe, which comes within a second; returns how many. Malformed bytes throw.
   */
  receive(bytes: Uint8Array, take: (tick: Tick) => void): number {
    let skipped = 0;
    for (const frame of decodeFrames(bytes)) {
      try {
        this.#snapshot = frame.kind === "keyframe" ? frame.snapshot : applyDelta(this.#snapshot, frame);
        take({ snapshot: this.#snapshot, events: frame.events });
      } catch (error) {
        if (!(error instanceof GapError)) throw error;
        skipped += 1;
      }
    }
    return skipped;
  }
}

/** The snapshot one tick on. */
export function applyDelta(before: Snapshot | undefined, delta: Delta): Snapshot {
  if (before === undefined) throw new GapError(`a delta for tick ${delta.tick} before any keyframe`);
  if (delta.tick !== before.tick + 1) {
    throw new GapError(
      `a delta for tick ${delta.tick}; the state at hand continues with tick ${before.tick + 1}`,
    );
  }
  if (delta.present !== before.warriors.length) {
    throw new WireError(
      `the number of warriors before is ${delta.present}; expected ${before.warriors.length}`,
    );
  }
  if (delta.present + delta.entered.length > before.capacity) {
    throw new WireError(`the number of warriors exceeds the capacity ${before.capacity}`);
  }
  const warriors = [...before.warriors, ...delta.entered];
  for (const change of delta.warriors) {
    const warrior = warriors[change.warrior];
    if (warrior !== undefined) warriors[change.warrior] = applyChange(warrior, change);
  }
  const powerUps = delta.powerUps.length === 0 ? before.powerUps : [...before.powerUps];
  for (const change of delta.powerUps) {
    if (change.slot >= before.powerUps.length) {
      throw new WireError(`the power-up slot is ${change.slot}; the match has ${before.powerUps.length}`);
    }
    (powerUps as (typeof change.powerUp)[])[change.slot] = change.powerUp;
  }
  return {
    ...before,
    tick: delta.tick,
    zone: delta.zone ?? before.zone,
    special: delta.special === undefined ? before.special : delta.special,
    ending: delta.ending ?? before.ending,
    warriors,
    powerUps,
  };
}

function applyChange(warrior: Warrior, change: WarriorChange): Warrior {
  return {
    owner: warrior.owner,
    x: change.cell?.[0] ?? warrior.x,
    y: change.cell?.[1] ?? warrior.y,
    heading: change.heading ?? warrior.heading,
    hp: change.hp ?? warrior.hp,
    effect: change.effect ?? warrior.effect,
    kills: change.kills ?? warrior.kills,
    streak: change.streak ?? warrior.streak,
  };
}
