/** Matches of one wallet, newest first. */
import type { JSX } from "preact";
import { Link } from "./link";
import { moneyText } from "../format/money";
import { shortKey } from "../format/short";
import { agoText } from "../format/time";
import { matchHref, statusLabel } from "../match/naming";
import type { PlayerPage } from "../net/api";
import { useClient } from "./client-context";
import { type Column, Table } from "./table";
import { tokenOfMint } from "./tokens";

type Played = PlayerPage["recent"][number];

export function PlayedTable({ matches }: { readonly matches: readonly Played[] }): JSX.Element | null {
  const { live } = useClient();
  if (matches.length === 0) return null;
  const nowMs = Date.now();
  const columns: readonly Column<Played>[] = [
    {
      name: "Match",
      cell: ({ match }) => (
        <Link class="mono linklike" href={matchHref(match)}>
          {shortKey(match)}
        </Link>
      ),
    },
    { name: "Game", cell: ({ mode }) => (mode === "blitz" ? "Blitz" : "Siege") },
    { name: "Status", cell: ({ status }) => statusLabel(status).text },
    { name: "Paid", cell: ({ paid, mint }) => moneyText(paid, tokenOfMint(live, mint)) },
    { name: "Place", cell: ({ place }) => (place === null ? "–" : place === 0 ? "not admitted" : place) },
    {
      name: "Got",
      cell: ({ payout, mint }) => (payout === null ? "–" : moneyText(payout, tokenOfMint(live, mint))),
    },
    { name: "When", cell: ({ created_at_ms: at }) => agoText(at, nowMs) },
  ];
  return <Table label="Matches" columns={columns} rows={matches} keyOf={({ match }) => match} />;
}
