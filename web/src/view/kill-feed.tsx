/**
 * Who fell, newest first.
 *
 * Absent: announcing every death to screen readers, which would drown everything else; `view/spoken.tsx`
 * tells what concerns the player, at most once in a few seconds.
 */
import type { DeathCause } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { clockText } from "../format/time";
import type { Death, WatchedMatch } from "../match/watched";
import { Glyph, SKULL, SWORDS } from "./glyph";
import { PlayerTag } from "./player-tag";

interface KillFeedProps {
  readonly match: WatchedMatch;
  readonly own: number | undefined;
}

export function KillFeed({ match, own }: KillFeedProps): JSX.Element {
  const { deaths, detail, snapshot, isOver } = match;
  // Nothing else is shown, and none of it is changed once made.
  const shown = [match, own, deaths, detail?.players, snapshot === undefined, isOver];
  return useMemo(() => <Feed match={match} own={own} />, shown);
}

function Feed({ match, own }: KillFeedProps): JSX.Element {
  const { deaths } = match;
  return (
    <section class="panel" data-panel="feed">
      <div class="panel-head">
        <h2 class="caption">Fallen</h2>
        <span class="panel-note">{deaths.length === 0 ? "" : deaths.length}</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Fallen warriors">
        {deaths.length === 0 && <p class="panel-empty">{emptyText(match)}</p>}
        <ol class="feed">
          {deaths.map((death) => (
            <Fallen key={death.victim} death={death} match={match} own={own} />
          ))}
        </ol>
      </div>
    </section>
  );
}

function Fallen({ death, match, own }: KillFeedProps & { readonly death: Death }): JSX.Element {
  const { attackerOwner: attacker, victimOwner: victim } = death;
  return (
    <li class="death" data-own={attacker === own || victim === own || undefined}>
      <span class="feed-time">{death.tick === undefined ? "earlier" : clockText(death.tick)}</span>
      {attacker !== undefined && (
        <PlayerTag slot={attacker} player={match.player(attacker)} own={attacker === own} />
      )}
      <Glyph path={attacker === undefined ? SKULL : SWORDS} class="icon feed-blade" />
      <PlayerTag slot={victim} player={match.player(victim)} own={victim === own} />
      {attacker === undefined && <span class="feed-cause">{causeText(death.cause)}</span>}
      <span class="feed-streak">{death.streak >= 2 ? `×${death.streak}` : ""}</span>
    </li>
  );
}

function emptyText(match: WatchedMatch): string {
  const { snapshot } = match;
  if (match.isOver) return "Who fell is in the replay.";
  if (snapshot === undefined) return "The battle has not begun.";
  return "Everyone is still standing.";
}

function causeText(cause: DeathCause | undefined): string {
  switch (cause) {
    case undefined:
      return "fell";
    case "zone":
      return "fell outside the zone";
    case "environment":
      return "bled out";
    case "combat":
      return "fell in combat";
  }
}
