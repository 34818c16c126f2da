/**
 * State frames: one tick of the arena, bit-packed. Byte tables: docs/PROTOCOL.md.
 *
 * | byte | kind | content |
 * |---|---|---|
 * | `0x10` | keyframe | the whole snapshot and the tick's events |
 * | `0x11` | delta | what changed since the tick before, and the tick's events |
 * | `0x12` | bundle | several keyframes and deltas |
 *
 * Invariants: decoding is strict (ranges, zero padding, nothing after the end) and total: any bytes
 * give a frame or a `WireError`. Absent: keeping the state that deltas go on top of (`frame-state.ts`).
 */
import type {
  Effect,
  Ending,
  Heading,
  PowerUp,
  PowerUpKind,
  Snapshot,
  Special,
  SpecialKind,
  TickEvent,
  Warrior,
} from "./snapshot.js";
import { BitReader } from "./bits.js";
import { WireError } from "./bytes.js";

const VERSION = 1;
const WARRIORS_MAX = 100;
const PLAYERS_MAX = 100;
const EVENTS_MAX = 512;
const FRAMES_MAX = 256;
/** Power-up slots that a delta has bits for. */
const POWER_UP_BITS = 16;

const EFFECTS: readonly Effect[] = ["none", "rage", "shield", "speed"];
const POWERS: readonly PowerUpKind[] = ["rage", "shield", "speed", "heal"];
const SPECIALS: readonly (SpecialKind | null)[] = [null, "frenzy", "calm", "haste"];
const ENDINGS: readonly Ending[] = ["running", "over", "all_dead"];
const CAUSES = ["combat", "environment", "zone"] as const;
const REASONS = ["last_player", "full_time", "all_dead"] as const;

export interface Keyframe {
  readonly kind: "keyframe";
  readonly snapshot: Snapshot;
  readonly events: readonly TickEvent[];
}

/** What changed about one warrior; absent fields did not. */
export interface WarriorChange {
  readonly warrior: number;
  readonly cell?: readonly [number, number];
  readonly heading?: Heading;
  readonly hp?: number;
  readonly effect?: Effect;
  readonly kills?: number;
  readonly streak?: number;
}

export interface PowerUpChange {
  readonly slot: number;
  readonly powerUp: PowerUp | null;
}

/** A frame on top of the tick before. All values are absolute. */
export interface Delta {
  readonly kind: "delta";
  readonly tick: number;
  /** Warriors that were there before. */
  readonly present: number;
  readonly warriors: readonly WarriorChange[];
  readonly entered: readonly Warrior[];
  readonly powerUps: readonly PowerUpChange[];
  readonly zone?: number;
  /** `null` when the special event is over. */
  readonly special?: Special | null;
  readonly ending?: Ending;
  readonly events: readonly TickEvent[];
}

/** Whether a message is a frame rather than a control message. */
export function isFrame(bytes: Uint8Array): boolean {
  return bytes[0] !== undefined && (bytes[0] & 15) <= 2;
}

/** The keyframes and deltas of one message, in tick order. */
export function decodeFrames(bytes: Uint8Array): (Keyframe | Delta)[] {
  if (kindOf(bytes) === 2) return splitBundle(bytes).map(decodeOne);
  return [decodeOne(bytes)];
}

function decodeOne(bytes: Uint8Array): Keyframe | Delta {
  const kind = kindOf(bytes);
  if (kind === 0) return decodeKeyframe(bytes);
  if (kind === 1) return decodeDelta(bytes);
  throw new WireError(`message kind ${kind} is not the kind of frame expected here`);
}

function kindOf(bytes: Uint8Array): number {
  const first = bytes[0];
  if (first === undefined) throw new WireError("the frame is cut short");
  if (first >> 4 !== VERSION)
    throw new WireError(`version ${first >> 4} of the protocol; this page speaks version ${VERSION}`);
  return first & 15;
}

/** Each frame after its length as u16, little-endian. */
function splitBundle(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let offset = 1;
  while (offset < bytes.length) {
    const low = bytes[offset];
    const high = bytes[offset + 1];
    if (low === undefined || high === undefined) throw new WireError("the frame is cut short");
    const end = offset + 2 + low + high * 256;
    if (end > bytes.length) throw new WireError("the frame is cut short");
    if (frames.length === FRAMES_MAX) throw new WireError(`a bundle has more than ${FRAMES_MAX} frames`);
    frames.push(bytes.subarray(offset + 2, end));
    offset = end;
  }
  return frames;
}

function decodeKeyframe(bytes: Uint8Array): Keyframe {
  const reader = new BitReader(bytes, 1);
  const tick = reader.take(16);
  const mode = reader.flag() ? "siege" : "blitz";
  const ending = takeEnding(reader);
  const side = reader.take(6);
  const zone = reader.take(6);
  const special = takeSpecial(reader);
  const capacity = reader.below(7, WARRIORS_MAX + 1, "the capacity");
  const present = reader.below(7, capacity + 1, "the number of warriors");
  const warriors = Array.from({ length: present }, () => takeWarrior(reader));
  const powerUps = Array.from({ length: powerUpSlots(capacity) }, () => takePowerUp(reader));
  const events = takeEvents(reader);
  reader.end();
  return {
    kind: "keyframe",
    snapshot: { tick, mode, ending, side, zone, special, capacity, warriors, powerUps },
    events,
  };
}

function decodeDelta(bytes: Uint8Array): Delta {
  const reader = new BitReader(bytes, 1);
  const tick = reader.take(16);
  const present = reader.below(7, WARRIORS_MAX + 1, "the number of warriors");
  const warriors: WarriorChange[] = [];
  for (let index = 0; index < present; index += 1)
    if (reader.flag()) warriors.push(takeChange(reader, index));
  const rare = reader.flag() ? takeRare(reader) : { entered: [], powerUps: [] };
  const events = takeEvents(reader);
  reader.end();
  return { kind: "delta", tick, present, warriors, ...rare, events };
}

/** 8 up to 50 warriors, 16 above: as the arena has them. */
function powerUpSlots(capacity: number): number {
  return capacity <= 50 ? 8 : 16;
}

function takeChange(reader: BitReader, warrior: number): WarriorChange {
  const change: { -readonly [K in keyof WarriorChange]: WarriorChange[K] } = { warrior };
  if (reader.flag()) change.cell = [reader.take(6), reader.take(6)];
  if (reader.flag()) change.heading = takeHeading(reader);
  if (reader.flag()) change.hp = reader.take(8);
  if (reader.flag()) {
    if (reader.flag()) change.effect = EFFECTS[reader.take(2)] ?? "none";
    if (reader.flag()) change.kills = reader.take(8);
    if (reader.flag()) change.streak = reader.take(8);
  }
  return change;
}

type Rare = Pick<Delta, "entered" | "powerUps" | "zone" | "special" | "ending">;

function takeRare(reader: BitReader): Rare {
  const entered: Warrior[] = [];
  const powerUps: PowerUpChange[] = [];
  if (reader.flag()) {
    const count = reader.below(7, WARRIORS_MAX + 1, "the number of warriors");
    for (let index = 0; index < count; index += 1) entered.push(takeWarrior(reader));
  }
  if (reader.flag()) {
    for (let slot = 0; slot < POWER_UP_BITS; slot += 1) {
      if (reader.flag()) powerUps.push({ slot, powerUp: takePowerUp(reader) });
    }
  }
  const zone = reader.optional(6);
  return {
    entered,
    powerUps,
    ...(zone === undefined ? {} : { zone }),
    ...(reader.flag() ? { special: takeSpecial(reader) } : {}),
    ...(reader.flag() ? { ending: takeEnding(reader) } : {}),
  };
}

/** A whole warrior, 49 bits. */
function takeWarrior(reader: BitReader): Warrior {
  const owner = reader.below(7, PLAYERS_MAX, "the owner");
  const hp = reader.take(8);
  const x = reader.take(6);
  const y = reader.take(6);
  const heading = takeHeading(reader);
  const effect = EFFECTS[reader.take(2)] ?? "none";
  return { owner, hp, x, y, heading, effect, kills: reader.take(8), streak: reader.take(8) };
}

function takeHeading(reader: BitReader): Heading {
  return reader.below(4, 9, "the heading") as Heading;
}

function takePowerUp(reader: BitReader): PowerUp | null {
  if (!reader.flag()) return null;
  const kind = POWERS[reader.take(2)] ?? "rage";
  return { kind, x: reader.take(6), y: reader.take(6) };
}

function takeSpecial(reader: BitReader): Special | null {
  const kind = SPECIALS[reader.take(2)] ?? null;
  return kind === null ? null : { kind, until: reader.take(16) };
}

function takeEnding(reader: BitReader): Ending {
  return pick(ENDINGS, reader.take(2), "the ending");
}

/** Each event after a 1 bit; a 0 bit ends the list. */
function takeEvents(reader: BitReader): TickEvent[] {
  const events: TickEvent[] = [];
  while (reader.flag()) {
    if (events.length === EVENTS_MAX) throw new WireError(`a tick has more than ${EVENTS_MAX} events`);
    events.push(takeEvent(reader));
  }
  return events;
}

function takeEvent(reader: BitReader): TickEvent {
  const kind = reader.take(3);
  switch (kind) {
    case 0:
      return { kind: "hit", attacker: takeIndex(reader), target: takeIndex(reader), damage: reader.take(8) };
    case 1:
      return { kind: "kill", attacker: takeIndex(reader), victim: takeIndex(reader), streak: reader.take(8) };
    case 2:
      return {
        kind: "died",
        warrior: takeIndex(reader),
        cause: pick(CAUSES, reader.take(2), "the cause of death"),
      };
    case 3:
      return { kind: "pickup", warrior: takeIndex(reader), power: POWERS[reader.take(2)] ?? "rage" };
    case 4:
      return { kind: "ended", reason: pick(REASONS, reader.take(2), "the reason of the end") };
    default:
      throw new WireError(`the kind of event is ${kind}; expected 0 to 4`);
  }
}

function takeIndex(reader: BitReader): number {
  return reader.below(7, WARRIORS_MAX, "the warrior");
}

function pick<T>(names: readonly T[], index: number, what: string): T {
  const name = names[index];
  if (name === undefined) throw new WireError(`${what} is ${index}; expected 0 to ${names.length - 1}`);
  return name;
}
