/**
 * States of the rules as everybody else sees them.
 *
 * Bytes: docs/RULES.md, "The state". The same view that frames carry, so that a recomputed tick and a received
 * one are drawn alike. Invariant: only bytes that the rules themselves made or took are read here.
 */
import type {
  Effect,
  Heading,
  PowerUp,
  PowerUpKind,
  Snapshot,
  SpecialKind,
  TickEvent,
  Warrior,
} from "../wire/snapshot.js";

const HEADER_LENGTH = 64;
const WARRIOR_LENGTH = 16;
const POWER_UP_LENGTH = 4;
const EVENT_LENGTH = 4;
/** Cells of a row in a cell's number. */
const STRIDE_BITS = 6;
const CENTI = 100;

const EFFECTS: readonly Effect[] = ["none", "rage", "shield", "speed"];
const POWERS: readonly (PowerUpKind | undefined)[] = [undefined, "rage", "shield", "speed", "heal"];
const SPECIALS: readonly (SpecialKind | undefined)[] = [undefined, "frenzy", "calm", "haste"];
const CAUSES = ["combat", "environment", "zone"] as const;
const REASONS = ["last_player", "full_time", "all_dead"] as const;

/** What a state looks like; `state` is what `Arena.state` answers. */
export function snapshotOf(state: Uint8Array): Snapshot {
  const view = new DataView(state.buffer, state.byteOffset, state.byteLength);
  const byte = (offset: number): number => view.getUint8(offset);
  const tick = view.getUint16(2, true);
  const capacity = byte(4);
  const flags = byte(7);
  const until = view.getUint16(12, true);
  const special = tick + 1 < until ? SPECIALS[byte(11)] : undefined;
  const powerUpsAt = HEADER_LENGTH + capacity * WARRIOR_LENGTH;
  return {
    tick,
    mode: byte(1) === 0 ? "blitz" : "siege",
    ending: (flags & 1) === 0 ? "running" : (flags & 2) === 0 ? "over" : "all_dead",
    side: byte(8),
    zone: byte(9),
    special: special === undefined ? null : { kind: special, until },
    capacity,
    warriors: Array.from({ length: byte(5) }, (_, index) =>
      warriorAt(view, HEADER_LENGTH + index * WARRIOR_LENGTH, tick + 1),
    ),
    powerUps: Array.from({ length: (state.length - powerUpsAt) / POWER_UP_LENGTH }, (_, slot) =>
      powerUpAt(view, powerUpsAt + slot * POWER_UP_LENGTH),
    ),
  };
}

/** What happened on a tick; `bytes` is what `Arena.events` answers. */
export function eventsOf(bytes: Uint8Array): TickEvent[] {
  const events: TickEvent[] = [];
  for (let at = 0; at < bytes.length; at += EVENT_LENGTH) {
    const event = eventAt(bytes, at);
    if (event !== undefined) events.push(event);
  }
  return events;
}

/** The owner of a warrior in a state. */
export function ownerIn(state: Uint8Array, warrior: number): number {
  return state[HEADER_LENGTH + warrior * WARRIOR_LENGTH + 10] ?? 0;
}

function warriorAt(view: DataView, at: number, nextTick: number): Warrior {
  const place = view.getUint16(at, true);
  const health = view.getUint16(at + 2, true);
  const cell = place & 0xfff;
  return {
    owner: view.getUint8(at + 10),
    hp: Math.ceil((health & 0x3fff) / CENTI),
    x: cell & ((1 << STRIDE_BITS) - 1),
    y: cell >> STRIDE_BITS,
    heading: (place >> 12) as Heading,
    effect: nextTick < view.getUint16(at + 8, true) ? (EFFECTS[health >> 14] ?? "none") : "none",
    kills: view.getUint8(at + 15),
    streak: view.getUint8(at + 11),
  };
}

function powerUpAt(view: DataView, at: number): PowerUp | null {
  const place = view.getUint16(at, true);
  const kind = POWERS[place >> 12];
  const cell = place & 0xfff;
  return kind === undefined ? null : { kind, x: cell & ((1 << STRIDE_BITS) - 1), y: cell >> STRIDE_BITS };
}

function eventAt(bytes: Uint8Array, at: number): TickEvent | undefined {
  const [kind = 0, first = 0, second = 0, third = 0] = bytes.subarray(at, at + EVENT_LENGTH);
  switch (kind) {
    case 0:
      return { kind: "hit", attacker: first, target: second, damage: third };
    case 1:
      return { kind: "kill", attacker: first, victim: second, streak: third };
    case 2:
      return { kind: "died", warrior: first, cause: CAUSES[second] ?? "combat" };
    case 3: {
      const power = POWERS[second];
      return power && { kind: "pickup", warrior: first, power };
    }
    case 4:
      return { kind: "ended", reason: REASONS[first] ?? "full_time" };
    default:
      return undefined;
  }
}
