/** List, arena and details of a match, side by side where there is room. */
import type { JSX } from "preact";
import { standings } from "../match/standings";
import { tokenOf } from "../match/token";
import { ChainPanel } from "./chain-panel";
import { useClient } from "./client-context";
import { KillFeed } from "./kill-feed";
import { MatchList } from "./match-list";
import { Stage } from "./stage";
import { StandingsPanel } from "./standings-panel";

interface ArenaPageProps {
  /** The match that the address names; the page picks one where it names none. */
  readonly chosen: string | undefined;
}

export function ArenaPage({ chosen }: ArenaPageProps): JSX.Element {
  const { live, game } = useClient();
  const match = live.watched;
  const scene = live.scene;
  const detail = match?.detail;
  const own = game.slotIn(match);
  return (
    <main
      class="frame"
      tabIndex={-1}
      data-route={chosen === undefined ? "home" : "match"}
      data-empty={(match === undefined && live.index.matches !== undefined) || undefined}
    >
      {chosen === undefined && <h1 class="visually-hidden home-title">All matches</h1>}
      <MatchList
        matches={live.index.matches}
        error={live.index.error}
        selected={match?.key}
        mine={game.keptMatches}
        nowMs={Date.now()}
        tick={(line) => live.index.clock.tick(line, performance.now())}
      />
      <Stage following={chosen === undefined} />
      {match !== undefined && scene?.detail !== undefined && detail !== undefined && (
        <section class="dossier" aria-label="Match details">
          <StandingsPanel
            lines={standings(scene.detail.players, scene.snapshot)}
            detail={scene.detail}
            token={tokenOf(detail.summary)}
            decided={
              scene.detail.players.some((player) => player.payout !== null) ||
              scene.detail.summary.status === "settled"
            }
            inArena={scene.snapshot !== undefined}
            focus={live.focus}
            own={own}
            onFocus={(slot) => live.setFocus(slot)}
          />
          <KillFeed match={scene} own={own} />
          <ChainPanel match={match} />
        </section>
      )}
    </main>
  );
}
