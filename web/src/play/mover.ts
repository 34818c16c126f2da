/**
 * From what a person wants to what is sent.
 *
 * Owns the wanted heading of each warrior. Invariants: only changes are sent, the newest wins; at most
 * `CHANGES_MAX` changes of a warrior in a segment, two below what the rules allow, so that a hasty thumb never
 * counts as an offence; what could not be sent (limit, lost connection) is sent as soon as it can.
 */
import type { Heading } from "@aurelius/sdk/wire";

/** The rules allow ten (docs/RULES.md). */
const CHANGES_MAX = 8;
const SEGMENT_TICKS = 60;

interface Want {
  heading: Heading;
  /** What was sent last; undefined before the first. */
  sent: Heading | undefined;
  segment: number;
  changes: number;
}

export class Mover {
  readonly #send: (warrior: number, heading: Heading) => boolean;
  readonly #wants = new Map<number, Want>();

  /** `send` answers whether it could. */
  constructor(send: (warrior: number, heading: Heading) => boolean) {
    this.#send = send;
  }

  /** Another match, or another life of this one: `heading` is what the arena holds. */
  reset(): void {
    this.#wants.clear();
  }

  /** What `warrior` is to do from now on; `held` is what the arena shows it doing. */
  want(warrior: number, heading: Heading, held: Heading, tick: number): void {
    const want = this.#wants.get(warrior) ?? { heading, sent: held, segment: -1, changes: 0 };
    want.heading = heading;
    this.#wants.set(warrior, want);
    this.flush(tick);
  }

  /** The wanted heading of `warrior`, if a person ever steered it. */
  wanted(warrior: number): Heading | undefined {
    return this.#wants.get(warrior)?.heading;
  }

  /** What was said may not have been heard: say it again. */
  forget(warrior?: number): void {
    for (const [index, want] of this.#wants)
      if (warrior === undefined || warrior === index) want.sent = undefined;
  }

  /** An input was refused for good: the arena goes on as before. */
  refused(warrior: number, held: Heading): void {
    const want = this.#wants.get(warrior);
    if (want !== undefined) want.sent = held;
  }

  /** Sends what waits; once a tick. */
  flush(tick: number): void {
    const segment = Math.floor(tick / SEGMENT_TICKS);
    for (const [warrior, want] of this.#wants) {
      if (want.heading === want.sent) continue;
      if (want.segment !== segment) {
        want.segment = segment;
        want.changes = 0;
      }
      if (want.changes >= CHANGES_MAX || !this.#send(warrior, want.heading)) continue;
      want.changes += 1;
      want.sent = want.heading;
    }
  }
}
