/** All matches, newest first. */
import type { MatchSummary } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { fetchMatchPage } from "../net/api";
import { useClient } from "../view/client-context";
import { MatchLine } from "../view/match-list";
import { PageFrame } from "../view/page-frame";
import { useLoaded } from "../view/use-loaded";

export function History(): JSX.Element {
  const { game } = useClient();
  const [before, setBefore] = useState<string | undefined>(undefined);
  const [older, setOlder] = useState<readonly MatchSummary[]>([]);
  const loaded = useLoaded(String(before), () => fetchMatchPage(before));
  const mine = game.keptMatches;
  const shown = loaded.kind === "there" ? [...older, ...loaded.value.matches] : older;
  return (
    <PageFrame title="History" lead="Every match that this relay knows of.">
      {loaded.kind === "failed" && <p class="page-note">It could not be loaded: {loaded.reason}.</p>}
      {loaded.kind === "there" && shown.length === 0 && <p class="page-note">No match yet.</p>}
      <ul class="history">
        {shown.map((match) => (
          <li key={match.match} class="entry-room">
            <MatchLine
              match={match}
              selected={false}
              mine={mine.has(match.match)}
              nowMs={Date.now()}
              tick={match.tick}
            />
          </li>
        ))}
      </ul>
      {loaded.kind === "loading" && <p class="page-note">Loading…</p>}
      {loaded.kind === "there" && loaded.value.next !== null && (
        <p class="pager">
          <button
            type="button"
            class="button"
            onClick={() => {
              setOlder(shown);
              setBefore(loaded.value.next ?? undefined);
            }}
          >
            Older matches
          </button>
        </p>
      )}
    </PageFrame>
  );
}
