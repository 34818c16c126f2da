/** What the outcome means for whoever plays here: place, money, and whether their signature is under it. */
import type { JSX } from "preact";
import { moneyText } from "../format/money";
import { tokenOf } from "../match/token";
import type { WatchedMatch } from "../match/watched";
import type { Cosigning } from "../play/game";
import { useClient } from "./client-context";
import { useStore } from "./use-store";

interface OwnOutcomeProps {
  readonly match: WatchedMatch;
  readonly slot: number;
}

export function OwnOutcome({ match, slot }: OwnOutcomeProps): JSX.Element | null {
  const { game } = useClient();
  const cosigning = useStore(game.cosigning);
  const player = match.player(slot);
  const { detail } = match;
  if (player === undefined || detail === undefined) return null;
  const token = tokenOf(detail.summary);
  const { status } = detail.summary;
  const decided = player.payout !== null || status === "proposed" || status === "settled";
  const payout = player.payout ?? 0n;
  const balance = payout - player.paid;
  return (
    <div class="own-outcome" data-paid={player.claimed_in !== null || undefined}>
      {decided && (
        <p class="own-money">
          {payout === 0n
            ? `Your stake of ${moneyText(player.paid, token)} is lost.`
            : `You get ${moneyText(payout, token)}${balance > 0n ? `, ${moneyText(balance, token)} more than you paid` : ""}.`}
        </p>
      )}
      <p class="own-cosign" data-state={cosigning.kind}>
        {cosignText(cosigning, status === "settled")}
      </p>
    </div>
  );
}

function cosignText(cosigning: Cosigning, settled: boolean): string {
  switch (cosigning.kind) {
    case "none":
      return settled ? "" : "Waiting for the operator's result…";
    case "checking":
      return "Comparing the result with what you saw and with the chain…";
    case "signed":
      return "Your browser compared the result with what you saw and with the chain, and signed it.";
    case "refused":
      return `Not signed: ${cosigning.reason}. You lose nothing; the challenge window applies.`;
  }
}
