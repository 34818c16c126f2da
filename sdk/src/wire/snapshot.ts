/**
 * What a match looks like at one tick.
 *
 * Owns the shapes that the frame decoder produces and that the board, the standings and the feed
 * read; they are the protocol's `Snapshot` with this code base's spelling. Invariants: a snapshot is
 * never changed once made; warriors stand in roster order, so a warrior's place in the array is its
 * index. Absent: bytes (see `wire/`) and pixels (see `board/`).
 */

/** 0 none, 1 N, 2 NE, 3 E, 4 SE, 5 S, 6 SW, 7 W, 8 NW; y grows downwards. */
export type Heading = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Unit steps of each heading, by heading number. */
export const HEADING_STEP: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, -1],
  [1, -1],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
];

export type Effect = "none" | "rage" | "shield" | "speed";
export type PowerUpKind = "rage" | "shield" | "speed" | "heal";
/** What the arena does to everybody for a while. */
export type SpecialKind = "frenzy" | "calm" | "haste";
/** `all_dead`: everybody would have died on one tick; they are shown as before it. */
export type Ending = "running" | "over" | "all_dead";

/** A warrior that has entered, dead or alive. */
export interface Warrior {
  /** The player's slot in the match. */
  readonly owner: number;
  /** Whole hit points, rounded up; 0 means dead. */
  readonly hp: number;
  /** Column and row, from 1; where it fell, when dead. */
  readonly x: number;
  readonly y: number;
  readonly heading: Heading;
  readonly effect: Effect;
  readonly kills: number;
  /** Eliminations of its owner since the owner last lost a warrior. */
  readonly streak: number;
}

export interface PowerUp {
  readonly kind: PowerUpKind;
  readonly x: number;
  readonly y: number;
}

export interface Special {
  readonly kind: SpecialKind;
  /** The tick before which it holds. */
  readonly until: number;
}

export interface Snapshot {
  readonly tick: number;
  readonly mode: "blitz" | "siege";
  readonly ending: Ending;
  /** Cells of one side of the arena inside its walls. */
  readonly side: number;
  /** First cell of the safe zone on both axes; the last is `side + 1 - zone`. */
  readonly zone: number;
  readonly special: Special | null;
  /** Warrior slots of the match. */
  readonly capacity: number;
  readonly warriors: readonly Warrior[];
  /** One element a slot, null where nothing lies. */
  readonly powerUps: readonly (PowerUp | null)[];
}

export type DeathCause = "combat" | "environment" | "zone";

/** What happened on a tick and cannot be seen from the snapshots around it. Warriors by index. */
export type TickEvent =
  | { readonly kind: "hit"; readonly attacker: number; readonly target: number; readonly damage: number }
  | { readonly kind: "kill"; readonly attacker: number; readonly victim: number; readonly streak: number }
  | { readonly kind: "died"; readonly warrior: number; readonly cause: DeathCause }
  | { readonly kind: "pickup"; readonly warrior: number; readonly power: PowerUpKind }
  | { readonly kind: "ended"; readonly reason: "last_player" | "full_time" | "all_dead" };

/** One tick as received: the snapshot and what happened on it. */
export interface Tick {
  readonly snapshot: Snapshot;
  readonly events: readonly TickEvent[];
}

/** Full health in hit points. */
export const HP_MAX = 100;
export const TICKS_PER_SECOND = 60;

export function aliveCount(snapshot: Snapshot): number {
  return snapshot.warriors.reduce((count, warrior) => count + (warrior.hp > 0 ? 1 : 0), 0);
}
