/**
 * What the battle is heard and felt by, and what the person has chosen about it.
 *
 * Sound is off until chosen; vibration is on where a device has it, unless less motion was asked for. Both choices are
 * remembered. Invariant: a jump of a replay, and a tab that was away, make no noise.
 */
import type { Snapshot, Tick } from "@aurelius/sdk/wire";
import { Store } from "../state/store";
import { cuesOf } from "./cues";
import { Rumble } from "./rumble";
import { Sounds } from "./sounds";

export interface Choices {
  readonly sound: boolean;
  readonly vibration: boolean;
}

/** Where choices are kept: `localStorage`, or nothing where that is forbidden. */
export type Shelf = Pick<Storage, "getItem" | "setItem">;

const NAME = "aurelius:feedback";

export class Feedback {
  readonly choices: Store<Choices>;
  readonly sounds: Sounds;
  readonly rumble: Rumble;
  readonly #shelf: Shelf | undefined;
  #before: Snapshot | undefined;

  constructor(shelf: Shelf | undefined, sounds = new Sounds(), rumble = new Rumble(), calm = false) {
    this.#shelf = shelf;
    this.sounds = sounds;
    this.rumble = rumble;
    this.choices = new Store(read(shelf, { sound: false, vibration: !calm }));
    this.sounds.set(this.choices.value.sound);
  }

  /** Hears gestures of the person from now on, which browsers wait for. */
  listen(target: EventTarget): void {
    for (const kind of ["pointerdown", "keydown"]) target.addEventListener(kind, () => this.sounds.gesture());
  }

  /** Chooses; called within the person's own press of a button. */
  choose(change: Partial<Choices>): void {
    this.choices.update((before) => ({ ...before, ...change }));
    this.sounds.set(this.choices.value.sound);
    this.sounds.gesture();
    try {
      this.#shelf?.setItem(NAME, JSON.stringify(this.choices.value));
    } catch {
      // A full or forbidden store: the choice holds until the page is closed.
    }
  }

  /** A tick came on screen; `own` holds the indices of one's own warriors. */
  shown(tick: Tick, own: readonly number[], nowMs: number): void {
    const before = this.#before;
    this.#before = tick.snapshot;
    const goesOn = before === undefined || tick.snapshot.tick === before.tick + 1;
    if (!goesOn) return;
    for (const cue of cuesOf(before, tick, own)) {
      this.sounds.play(cue, nowMs);
      if (this.choices.value.vibration && own.length > 0) this.rumble.play(cue);
    }
  }
}

function read(shelf: Shelf | undefined, usual: Choices): Choices {
  try {
    const kept: unknown = JSON.parse(shelf?.getItem(NAME) ?? "null");
    if (typeof kept !== "object" || kept === null) return usual;
    const { sound, vibration } = kept as Partial<Record<keyof Choices, unknown>>;
    return {
      sound: typeof sound === "boolean" ? sound : usual.sound,
      vibration: typeof vibration === "boolean" ? vibration : usual.vibration,
    };
  } catch {
    return usual;
  }
}
