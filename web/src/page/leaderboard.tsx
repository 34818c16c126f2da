/** Who won most, for each token. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Link } from "../view/link";
import { moneyText } from "../format/money";
import { shortKey } from "../format/short";
import { fetchLeaderboard, type Leaderboard as Ranking } from "../net/api";
import { useClient } from "../view/client-context";
import { PageFrame } from "../view/page-frame";
import { type Column, Table } from "../view/table";
import { tokenOfMint } from "../view/tokens";
import { useLoaded } from "../view/use-loaded";

type Ranked = Ranking["players"][number];

export function Leaderboard(): JSX.Element {
  const { live, wallets } = useClient();
  const [offset, setOffset] = useState(0);
  const loaded = useLoaded(String(offset), () => fetchLeaderboard(offset));
  const columns: readonly Column<Ranked>[] = [
    { name: "#", cell: (_, index) => offset + index + 1 },
    {
      name: "Player",
      cell: ({ wallet }) => (
        <Link class="mono linklike" href={`/player/${wallet}`}>
          {shortKey(wallet, 6, 6)}
        </Link>
      ),
    },
    { name: "Won", cell: ({ stats }) => moneyText(stats.won, tokenOfMint(live, stats.mint)) },
    { name: "Staked", cell: ({ stats }) => moneyText(stats.staked, tokenOfMint(live, stats.mint)) },
    { name: "Wins", cell: ({ stats }) => stats.wins },
    { name: "Matches", cell: ({ stats }) => stats.matches },
    { name: "Kills", cell: ({ stats }) => stats.eliminations },
  ];
  return (
    <PageFrame title="Leaderboard" lead="By amount won, then by first places.">
      {loaded.kind === "loading" && <p class="page-note">Loading…</p>}
      {loaded.kind === "failed" && <p class="page-note">It could not be loaded: {loaded.reason}.</p>}
      {loaded.kind === "there" && loaded.value.players.length === 0 && (
        <p class="page-note">Nobody has finished a match yet.</p>
      )}
      {loaded.kind === "there" && loaded.value.players.length > 0 && (
        <Table
          label="Players"
          columns={columns}
          rows={loaded.value.players}
          keyOf={({ wallet, stats }) => `${wallet}${stats.mint}`}
          isOwn={({ wallet }) => wallet === wallets.address}
        />
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
