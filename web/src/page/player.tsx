/** One wallet: what it did, and its matches. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { moneyText } from "../format/money";
import { shortKey } from "../format/short";
import { fetchPlayer, type PlayerStats } from "../net/api";
import { isAddress } from "../route";
import { useClient } from "../view/client-context";
import { Copy } from "../view/copy";
import { PageFrame } from "../view/page-frame";
import { PlayedTable } from "../view/played-table";
import { tokenOfMint } from "../view/tokens";
import { useLoaded } from "../view/use-loaded";
import { NotFound } from "./not-found";

export function Player({ wallet }: { readonly wallet: string }): JSX.Element {
  const [before, setBefore] = useState<string | undefined>(undefined);
  const loaded = useLoaded(`${wallet} ${before}`, () => fetchPlayer(wallet, before));
  if (!isAddress(wallet)) return <NotFound />;
  return (
    <PageFrame title={`Player ${shortKey(wallet)}`}>
      <p class="page-lead">
        <Copy text={wallet} what="wallet address" head={12} tail={12} />
      </p>
      {loaded.kind === "loading" && <p class="page-note">Loading…</p>}
      {loaded.kind === "failed" && (
        <p class="page-note">
          {loaded.missing ? "This wallet has not played here." : `It could not be loaded: ${loaded.reason}.`}
        </p>
      )}
      {loaded.kind === "there" && (
        <>
          {loaded.value.stats.length === 0 && <p class="page-note">No finished match yet.</p>}
          {loaded.value.stats.map((stats) => (
            <Stats key={stats.mint} stats={stats} />
          ))}
          <PlayedTable matches={loaded.value.recent} />
          {loaded.value.next !== null && (
            <p class="pager">
              <button type="button" class="button" onClick={() => setBefore(loaded.value.next ?? undefined)}>
                Older matches
              </button>
            </p>
          )}
        </>
      )}
    </PageFrame>
  );
}

function Stats({ stats }: { readonly stats: PlayerStats }): JSX.Element {
  const { live } = useClient();
  const token = tokenOfMint(live, stats.mint);
  const facts: readonly (readonly [string, string])[] = [
    ["Won", moneyText(stats.won, token)],
    ["Staked", moneyText(stats.staked, token)],
    ["Matches", String(stats.matches)],
    ["First places", String(stats.wins)],
    ["Kills", String(stats.eliminations)],
    ["Warriors lost", String(stats.warriors_lost)],
    ["Damage", String(Math.round(stats.damage_centi / 100))],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt class="caption">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
