/** Who won most, for each token. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { moneyText } from "../format/money";
import { shortKey } from "../format/short";
import { fetchLeaderboard } from "../net/api";
import { useClient } from "../view/client-context";
import { PageFrame } from "../view/page-frame";
import { tokenOfMint } from "../view/tokens";
import { useLoaded } from "../view/use-loaded";

export function Leaderboard(): JSX.Element {
  const { live, wallets } = useClient();
  const [offset, setOffset] = useState(0);
  const loaded = useLoaded(String(offset), () => fetchLeaderboard(offset));
  return (
    <PageFrame title="Leaderboard" lead="By amount won, then by first places.">
      {loaded.kind === "loading" && <p class="page-note">Loading…</p>}
      {loaded.kind === "failed" && <p class="page-note">It could not be loaded: {loaded.reason}.</p>}
      {loaded.kind === "there" && loaded.value.players.length === 0 && (
        <p class="page-note">Nobody has finished a match yet.</p>
      )}
      {loaded.kind === "there" && loaded.value.players.length > 0 && (
        <div class="table-room">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">#</th>
                <th scope="col">Player</th>
                <th scope="col">Won</th>
                <th scope="col">Staked</th>
                <th scope="col">Wins</th>
                <th scope="col">Matches</th>
                <th scope="col">Kills</th>
              </tr>
            </thead>
            <tbody>
              {loaded.value.players.map(({ wallet, stats }, index) => {
                const token = tokenOfMint(live, stats.mint);
                return (
                  <tr key={`${wallet}${stats.mint}`} data-own={wallet === wallets.address || undefined}>
                    <td>{offset + index + 1}</td>
                    <td>
                      <Link class="mono linklike" href={`/player/${wallet}`}>
                        {shortKey(wallet, 6, 6)}
                      </Link>
                    </td>
                    <td>{moneyText(stats.won, token)}</td>
                    <td>{moneyText(stats.staked, token)}</td>
                    <td>{stats.wins}</td>
                    <td>{stats.matches}</td>
                    <td>{stats.eliminations}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      <p class="pager">
        {offset > 0 && (
          <button type="button" class="button" onClick={() => setOffset(0)}>
            First page
          </button>
        )}
        {loaded.kind === "there" && loaded.value.next !== null && (
          <button type="button" class="button" onClick={() => setOffset(loaded.value.next ?? 0)}>
            Next page
          </button>
        )}
      </p>
    </PageFrame>
  );
}
