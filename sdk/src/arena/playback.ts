/**
 * A match that is over, played again and checked on the way.
 *
 * Each tick is computed by the rules, none is taken from anybody; whenever a segment is complete its leaf is held
 * against the posted one, and whenever a checkpoint is, its drip key and digest. Invariants: a checkpoint is green
 * only if everything of it agrees; after the first red one nothing is told about later ones; going back computes
 * again from a state that was computed here. Absent: a clock, and drawing.
 */
import type { DeathCause, Tick, TickEvent } from "../wire/snapshot.js";
import { type Arena, ArenaError } from "./arena.js";
import { checkPosting, checkStart, type Difference, differ, mixedKey, rosterAt } from "./check.js";
import type { CheckpointRecord, MatchRecord, StartRecord } from "./record.js";
import { eventsOf, ownerIn, snapshotOf } from "./view.js";

/** A record that cannot be played; `message` is for people. */
export class PlaybackError extends Error {
  override readonly name = "PlaybackError";
}

/** A warrior that fell, by index; owners are player slots. */
export interface Fall {
  readonly tick: number;
  readonly victim: number;
  readonly victimOwner: number;
  /** None when the arena itself killed. */
  readonly attackerOwner: number | undefined;
  readonly cause: DeathCause;
  /** The attacker's eliminations in a row, this one included; 0 without an attacker. */
  readonly streak: number;
}

interface Segment {
  readonly checkpoint: CheckpointRecord;
  readonly inputs: Uint8Array;
  readonly leaf: Uint8Array;
  readonly key: Uint8Array;
  readonly owners: Uint8Array;
  /** Whether it is the last of its checkpoint. */
  readonly closes: boolean;
}

export class Playback {
  readonly segmentTicks: number;
  readonly #arena: Arena;
  readonly #record: MatchRecord;
  readonly #start: StartRecord;
  readonly #segments: readonly Segment[];
  /** The state before each segment, as far as computed. */
  readonly #states: Uint8Array[] = [];
  readonly #verdicts: ("green" | "red" | "unknown" | undefined)[];
  readonly #falls: Fall[] = [];
  /** The newest tick ever computed. */
  #frontier = 0;
  #difference: Difference | undefined;
  #events: readonly TickEvent[] = [];

  /** `arena` is this playback's own from now on. Throws a `PlaybackError` for a match that never began. */
  constructor(arena: Arena, record: MatchRecord) {
    const { start, rules } = record;
    if (start === null) throw new PlaybackError("the match never began");
    this.#arena = arena;
    this.#record = record;
    this.#start = start;
    this.segmentTicks = (rules[10] ?? 0) + (rules[11] ?? 0) * 256;
    this.#difference = checkStart(arena, record, start);
    if (this.#difference !== undefined) {
      const { what, expected, found } = this.#difference;
      throw new PlaybackError(`${what} is ${found}, the rules give ${expected}`);
    }
    this.#verdicts = record.checkpoints.map(() => undefined);
    this.#segments = record.checkpoints.flatMap((checkpoint) => {
      const key = arena.sha256(start.seed, mixedKey(arena, checkpoint));
      const owners = rosterAt(record, start, checkpoint);
      return checkpoint.segments.map(({ inputs, leaf }, index, all) => ({
        checkpoint,
        inputs,
        leaf,
        key,
        owners,
        closes: index === all.length - 1,
      }));
    });
    this.#states.push(arena.state());
  }

  /** Ticks made up to where it stands. */
  get tick(): number {
    return this.#arena.tickNumber;
  }

  /** The last tick that can be played; the battle may end before it. */
  get lastTick(): number {
    return this.#arena.ended ? this.tick : this.#segments.length * this.segmentTicks;
  }

  /** Whether there is nothing after where it stands. */
  get ended(): boolean {
    return this.#arena.ended || this.#segmentAt(this.tick) === undefined;
  }

  /** By checkpoint; undefined for what has not been computed yet. */
  get verdicts(): readonly ("green" | "red" | "unknown" | undefined)[] {
    return this.#verdicts;
  }

  /** The first thing that does not agree. */
  get difference(): Difference | undefined {
    return this.#difference;
  }

  /** Everybody who fell up to where it stands, newest first. */
  falls(): Fall[] {
    const { tick } = this;
    return this.#falls.filter((fall) => fall.tick <= tick).reverse();
  }

  /** Where it stands, with what happened on that tick. */
  show(): Tick {
    return { snapshot: snapshotOf(this.#arena.state()), events: this.#events };
  }

  /** Makes the next tick; false when there is none. */
  step(): boolean {
    const arena = this.#arena;
    const segment = this.#segmentAt(this.tick);
    if (segment === undefined || arena.ended) return false;
    try {
      arena.tick(segment.key, segment.inputs, segment.owners);
    } catch (error) {
      if (!(error instanceof ArenaError)) throw error;
      throw new PlaybackError(`tick ${this.tick + 1} cannot be computed: ${error.message}`);
    }
    this.#events = eventsOf(arena.events());
    if (this.tick > this.#frontier) this.#noteNew();
    return true;
  }

  /** Goes to `target`, at most `budget` new ticks at a time; true once it stands there, or at the end. */
  seek(target: number, budget = Number.POSITIVE_INFINITY): boolean {
    const goal = Math.max(0, Math.round(target));
    const known = Math.min(this.#states.length - 1, Math.floor(goal / this.segmentTicks));
    if (goal < this.tick || known * this.segmentTicks > this.tick) this.#restore(known);
    for (let made = 0; this.tick < goal; made += 1) {
      if (made >= budget) return false;
      if (!this.step()) return true;
    }
    return true;
  }

  #segmentAt(tick: number): Segment | undefined {
    return this.#segments[Math.floor(tick / this.segmentTicks)];
  }

  #restore(segment: number): void {
    const state = this.#states[segment];
    if (state === undefined) throw new RangeError(`segment ${segment} has not been computed`);
    this.#arena.load(this.#record.rules, state);
    this.#events = [];
  }

  /** What a tick that was never computed before leaves behind. */
  #noteNew(): void {
    const arena = this.#arena;
    const before = this.#frontier;
    this.#frontier = this.tick;
    this.#noteFalls();
    const complete = this.tick % this.segmentTicks === 0;
    if (!complete && !arena.ended) return;
    const segment = this.#segmentAt(before);
    if (complete) this.#states.push(arena.state());
    if (segment !== undefined) this.#judge(segment);
  }

  #judge({ checkpoint, leaf, closes }: Segment): void {
    const at = this.#record.checkpoints.indexOf(checkpoint);
    const arena = this.#arena;
    if (this.#difference !== undefined) {
      this.#verdicts[at] ??= "unknown";
      return;
    }
    this.#difference =
      differ("leaf of a segment", arena.sha256(arena.state()), leaf) ??
      (closes ? checkPosting(arena, this.#record, this.#start, at) : undefined);
    if (this.#difference !== undefined) this.#verdicts[at] = "red";
    else if (closes) this.#verdicts[at] = "green";
  }

  #noteFalls(): void {
    const dead = this.#events.filter((event) => event.kind === "died");
    if (dead.length === 0) return;
    const state = this.#arena.state();
    for (const { warrior, cause } of dead) {
      const kill = this.#events.find((event) => event.kind === "kill" && event.victim === warrior);
      const by = kill?.kind === "kill" ? kill : undefined;
      this.#falls.push({
        tick: this.tick,
        victim: warrior,
        victimOwner: ownerIn(state, warrior),
        attackerOwner: by && ownerIn(state, by.attacker),
        cause,
        streak: by?.streak ?? 0,
      });
    }
  }
}
