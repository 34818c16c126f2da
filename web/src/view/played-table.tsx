/** Matches of one wallet, newest first. */
import type { JSX } from "preact";
import { Link } from "wouter-preact";
import { moneyText } from "../format/money";
import { shortKey } from "../format/short";
import { agoText } from "../format/time";
import { matchHref, statusLabel } from "../match/naming";
import type { PlayerPage } from "../net/api";
import { useClient } from "./client-context";
import { tokenOfMint } from "./tokens";

export function PlayedTable({ matches }: { readonly matches: PlayerPage["recent"] }): JSX.Element | null {
  const { live } = useClient();
  if (matches.length === 0) return null;
  const nowMs = Date.now();
  return (
    <div class="table-room">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Match</th>
            <th scope="col">Game</th>
            <th scope="col">Status</th>
            <th scope="col">Paid</th>
            <th scope="col">Place</th>
            <th scope="col">Got</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {matches.map((played) => {
            const token = tokenOfMint(live, played.mint);
            return (
              <tr key={played.match}>
                <td>
                  <Link class="mono linklike" href={matchHref(played.match)}>
                    {shortKey(played.match)}
                  </Link>
                </td>
                <td>{played.mode === "blitz" ? "Blitz" : "Siege"}</td>
                <td>{statusLabel(played.status).text}</td>
                <td>{moneyText(played.paid, token)}</td>
                <td>{played.place === null ? "–" : played.place === 0 ? "not admitted" : played.place}</td>
                <td>{played.payout === null ? "–" : moneyText(played.payout, token)}</td>
                <td>{agoText(played.created_at_ms, nowMs)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
