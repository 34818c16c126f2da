/**
 * What of a tick can be heard and felt.
 *
 * Invariant: pure; a cue stands at most once in a tick, the most important first. Absent: sounds, and settings.
 */
import type { Snapshot, Tick } from "@aurelius/sdk/wire";

export type Cue =
  /** The battle begins. */
  | "begin"
  /** One's own warriors: what they did, what was done to them. */
  | "fallen"
  | "kill"
  | "wound"
  | "hit"
  | "pickup"
  /** Anybody's. */
  | "death"
  | "clash"
  /** The arena's. */
  | "special"
  | "zone"
  /** The end: a warrior of one's own stands, none does, or one only watched. */
  | "won"
  | "lost"
  | "over";

const ORDER: readonly Cue[] = [
  "won",
  "lost",
  "over",
  "begin",
  "fallen",
  "kill",
  "special",
  "zone",
  "wound",
  "pickup",
  "death",
  "hit",
  "clash",
];

/** Cues of a tick after `before`; `own` holds the indices of one's own warriors. */
export function cuesOf(before: Snapshot | undefined, tick: Tick, own: readonly number[]): Cue[] {
  const { snapshot, events } = tick;
  const cues = new Set<Cue>();
  const mine = (index: number): boolean => own.includes(index);
  if (before === undefined ? snapshot.tick <= 1 : before.tick === 0 && snapshot.tick > 0) cues.add("begin");
  for (const event of events) {
    switch (event.kind) {
      case "hit":
        if (mine(event.target)) cues.add("wound");
        else cues.add(mine(event.attacker) ? "hit" : "clash");
        break;
      case "kill":
        if (mine(event.attacker)) cues.add("kill");
        break;
      case "died":
        cues.add(mine(event.warrior) ? "fallen" : "death");
        break;
      case "pickup":
        if (mine(event.warrior)) cues.add("pickup");
        break;
      case "ended":
        cues.add(own.length === 0 ? "over" : own.some((index) => stands(snapshot, index)) ? "won" : "lost");
        break;
    }
  }
  if (before !== undefined) {
    if (snapshot.special !== null && snapshot.special.until !== before.special?.until) cues.add("special");
    if (snapshot.zone > before.zone) cues.add("zone");
  }
  return ORDER.filter((cue) => cues.has(cue));
}

function stands({ warriors }: Snapshot, index: number): boolean {
  return (warriors[index]?.hp ?? 0) > 0;
}
