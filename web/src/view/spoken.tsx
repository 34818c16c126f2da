/**
 * The battle for people who hear the page: one polite line now and then.
 *
 * Invariant: at most one line in `APART_MS`, whatever happens; what concerns one's own warriors is said by name, the rest
 * is counted.
 */
import { aliveCount } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Death, WatchedMatch } from "../match/watched";
import { playerName } from "./player-tag";

const APART_MS = 3_000;

interface SpokenProps {
  readonly match: WatchedMatch;
  readonly own: number | undefined;
  /** By `performance.now()`. */
  readonly nowMs: number;
}

export function Spoken({ match, own, nowMs }: SpokenProps): JSX.Element {
  // Who fell before anybody here looked is no news.
  const deaths = match.deaths.filter(({ tick }) => tick !== undefined);
  const told = useRef({ match: match.key, count: deaths.length, atMs: 0 });
  const [line, setLine] = useState("");
  const { current } = told;
  if (current.match !== match.key || deaths.length < current.count)
    told.current = { match: match.key, count: deaths.length, atMs: nowMs };
  else if (deaths.length > current.count && nowMs - current.atMs >= APART_MS) {
    const fresh = deaths.slice(0, deaths.length - current.count);
    told.current = { match: match.key, count: deaths.length, atMs: nowMs };
    setLine(lineOf(fresh, match, own));
  }
  return (
    <p class="visually-hidden" role="log" aria-live="polite" aria-label="Battle">
      {line}
    </p>
  );
}

/** What is said of those who fell, the newest first. */
export function lineOf(fallen: readonly Death[], match: WatchedMatch, own: number | undefined): string {
  const name = (slot: number): string => (slot === own ? "you" : playerName(slot, match.player(slot)));
  const parts = fallen.flatMap(({ victimOwner, attackerOwner }) => {
    if (own === undefined || (victimOwner !== own && attackerOwner !== own)) return [];
    if (victimOwner !== own) return [`You struck down a warrior of ${name(victimOwner)}.`];
    return [
      attackerOwner === undefined
        ? "A warrior of yours has fallen."
        : `A warrior of yours has fallen to ${name(attackerOwner)}.`,
    ];
  });
  const others = fallen.length - parts.length;
  if (others > 0) parts.push(others === 1 ? "A warrior has fallen." : `${others} warriors have fallen.`);
  const { snapshot } = match;
  if (snapshot !== undefined) parts.push(`${aliveCount(snapshot)} of ${snapshot.warriors.length} stand.`);
  return parts.join(" ");
}
