/**
 * The outcome, over the arena: who won, what each place is paid, and in which transaction.
 *
 * Shown as soon as the arena stands still; figures appear when the chain has them. Can be put aside
 * to look at the last positions.
 */
import type { PlayerInfo } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { moneyText, type Token } from "../format/money";
import { shortKey } from "../format/short";
import { standings } from "../match/standings";
import { tokenOf } from "../match/token";
import type { WatchedMatch } from "../match/watched";
import { OwnOutcome } from "./own-outcome";
import { PlayerTag } from "./player-tag";
import { Shield } from "./shield";
import { SignatureLink } from "./signature-link";

interface ResultCardProps {
  readonly match: WatchedMatch;
  readonly own: number | undefined;
  readonly onPutAside: () => void;
  readonly onReplay: () => void;
}

export function ResultCard({ match, own, onPutAside, onReplay }: ResultCardProps): JSX.Element | null {
  const { detail } = match;
  if (detail === undefined) return null;
  const token = tokenOf(detail.summary);
  const winners = detail.players.filter((player) => player.place === 1);
  const leader = winners[0] ?? (match.snapshot && standings(detail.players, match.snapshot)[0]?.player);
  const paid = detail.players
    .filter((player) => player.payout !== null && player.payout > 0n)
    .sort((a, b) => (a.place ?? 255) - (b.place ?? 255) || a.slot - b.slot);
  const { result } = detail;
  return (
    <section
      class="result"
      data-panel="result"
      aria-label="Result"
      data-settled={detail.summary.status === "settled" || undefined}
    >
      {leader !== undefined && (
        <div class="result-emblem">
          <Shield slot={leader.slot} size={64} />
        </div>
      )}
      <h2 class="result-title">{titleText(leader, winners.length, own)}</h2>
      <p class="result-sub">{subtitle(match)}</p>
      {own !== undefined && <OwnOutcome match={match} slot={own} />}
      {paid.length > 0 && (
        <ol class="payouts">
          {paid.map((player) => (
            <PayoutRow key={player.slot} player={player} token={token} own={player.slot === own} />
          ))}
        </ol>
      )}
      {result !== null && (
        <p class="result-note">
          {`Pot ${moneyText(result.pot, token)} · fee ${moneyText(result.fee, token)}, burned ${moneyText(result.burn, token)}`}
        </p>
      )}
      <p class="result-ways">
        <button type="button" class="result-close" onClick={onPutAside}>
          Look at the arena
        </button>
        <button type="button" class="result-close" onClick={onReplay}>
          Watch the replay
        </button>
      </p>
    </section>
  );
}

function titleText(leader: PlayerInfo | undefined, winners: number, own: number | undefined): string {
  if (leader === undefined) return "The match is over";
  const name = leader.slot === own ? "You" : shortKey(leader.wallet);
  if (winners > 1) return `${name} and ${winners - 1} more share the first place`;
  return leader.slot === own ? "You win" : `${name} wins`;
}

function subtitle(match: WatchedMatch): string {
  switch (match.detail?.summary.status) {
    case "settled":
      return "Settled on chain";
    case "proposed":
      return "The result is on chain; payouts follow when its window has passed";
    default:
      return "The last checkpoint and the result are going on chain";
  }
}

interface PayoutRowProps {
  readonly player: PlayerInfo;
  readonly token: Token;
  readonly own: boolean;
}

function PayoutRow({ player, token, own }: PayoutRowProps): JSX.Element {
  return (
    <li class="payout-row" data-refund={player.refunded || undefined} data-own={own || undefined}>
      <span class="rank">{player.refunded ? "↩" : (player.place ?? "–")}</span>
      <PlayerTag slot={player.slot} player={player} size={20} own={own} />
      <span class="spacer" />
      <span class="payout">{moneyText(player.payout ?? 0n, token)}</span>
      <span class="payout-claim">
        {player.claimed_in === null ? (
          <span class="payout-waiting">claim pending</span>
        ) : (
          <SignatureLink signature={player.claimed_in} what="claim transaction signature" />
        )}
      </span>
    </li>
  );
}
