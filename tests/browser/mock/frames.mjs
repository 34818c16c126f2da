/** Encodes ticks of the mock battle as state frames (docs/PROTOCOL.md, "State frames"). */
import { BitWriter } from "./bytes.mjs";

const KEYFRAME = 0x10;
const DELTA = 0x11;
const BUNDLE = 0x12;
const EFFECTS = ["none", "rage", "shield", "speed"];
const POWERS = ["rage", "shield", "speed", "heal"];
const SPECIALS = [null, "frenzy", "calm", "haste"];
const ENDINGS = ["running", "over", "all_dead"];
const CAUSES = ["combat", "environment", "zone"];
const REASONS = ["last_player", "full_time", "all_dead"];

function cell(writer, x, y) {
  writer.put(x, 6).put(y, 6);
}

function warrior(writer, { owner, hp, x, y, heading, effect, kills, streak }) {
  writer.put(owner, 7).put(hp, 8);
  cell(writer, x, y);
  writer.put(heading, 4).put(EFFECTS.indexOf(effect), 2).put(kills, 8).put(streak, 8);
}

function powerUp(writer, item) {
  writer.flag(item !== null);
  if (item === null) return;
  writer.put(POWERS.indexOf(item.kind), 2);
  cell(writer, item.x, item.y);
}

function special(writer, value) {
  writer.put(SPECIALS.indexOf(value?.kind ?? null), 2);
  if (value !== null) writer.put(value.until, 16);
}

function events(writer, list) {
  for (const event of list) {
    writer.flag(true);
    switch (event.kind) {
      case "hit":
        writer.put(0, 3).put(event.attacker, 7).put(event.target, 7).put(event.damage, 8);
        break;
      case "kill":
        writer.put(1, 3).put(event.attacker, 7).put(event.victim, 7).put(event.streak, 8);
        break;
      case "died":
        writer.put(2, 3).put(event.warrior, 7).put(CAUSES.indexOf(event.cause), 2);
        break;
      case "pickup":
        writer.put(3, 3).put(event.warrior, 7).put(POWERS.indexOf(event.power), 2);
        break;
      default:
        writer.put(4, 3).put(REASONS.indexOf(event.reason), 2);
    }
  }
  writer.flag(false);
}

export function keyframe(snapshot, list) {
  const writer = new BitWriter(KEYFRAME);
  writer
    .put(snapshot.tick, 16)
    .flag(snapshot.mode === "siege")
    .put(ENDINGS.indexOf(snapshot.ending), 2);
  writer.put(snapshot.side, 6).put(snapshot.zone, 6);
  special(writer, snapshot.special);
  writer.put(snapshot.capacity, 7).put(snapshot.warriors.length, 7);
  for (const one of snapshot.warriors) warrior(writer, one);
  for (const item of snapshot.powerUps) powerUp(writer, item);
  events(writer, list);
  return writer.finish();
}

export function delta(before, after, list) {
  const writer = new BitWriter(DELTA);
  writer.put(after.tick, 16).put(before.warriors.length, 7);
  before.warriors.forEach((old, index) => change(writer, old, after.warriors[index]));
  const entered = after.warriors.slice(before.warriors.length);
  const slots = after.powerUps.map((item, slot) => ({ item, changed: !same(item, before.powerUps[slot]) }));
  const moved = slots.some((slot) => slot.changed);
  const zone = after.zone !== before.zone;
  const spell = !same(after.special, before.special);
  const ending = after.ending !== before.ending;
  const rare = entered.length > 0 || moved || zone || spell || ending;
  writer.flag(rare);
  if (rare) {
    writer.flag(entered.length > 0);
    if (entered.length > 0) {
      writer.put(entered.length, 7);
      for (const one of entered) warrior(writer, one);
    }
    writer.flag(moved);
    if (moved) {
      for (let slot = 0; slot < 16; slot += 1) {
        const known = slots[slot];
        writer.flag(known?.changed === true);
        if (known?.changed === true) powerUp(writer, known.item);
      }
    }
    writer.flag(zone);
    if (zone) writer.put(after.zone, 6);
    writer.flag(spell);
    if (spell) special(writer, after.special);
    writer.flag(ending);
    if (ending) writer.put(ENDINGS.indexOf(after.ending), 2);
  }
  events(writer, list);
  return writer.finish();
}

function change(writer, old, now) {
  const changed = !same(old, now);
  writer.flag(changed);
  if (!changed) return;
  const moved = old.x !== now.x || old.y !== now.y;
  writer.flag(moved);
  if (moved) cell(writer, now.x, now.y);
  optional(writer, old.heading !== now.heading, now.heading, 4);
  optional(writer, old.hp !== now.hp, now.hp, 8);
  const rare = old.effect !== now.effect || old.kills !== now.kills || old.streak !== now.streak;
  writer.flag(rare);
  if (!rare) return;
  optional(writer, old.effect !== now.effect, EFFECTS.indexOf(now.effect), 2);
  optional(writer, old.kills !== now.kills, now.kills, 8);
  optional(writer, old.streak !== now.streak, now.streak, 8);
}

function optional(writer, present, value, bits) {
  writer.flag(present);
  if (present) writer.put(value, bits);
}

export function bundle(frames) {
  const parts = [Uint8Array.of(BUNDLE)];
  for (const frame of frames) parts.push(Uint8Array.of(frame.length & 255, frame.length >> 8), frame);
  return Buffer.concat(parts);
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
