/** What one agrees to by entering, in plain words. */
import type { JSX } from "preact";
import { Link } from "./link";
import { moneyText, shareOf } from "../format/money";
import { tokenOf } from "../match/token";
import type { WatchedMatch } from "../match/watched";

export function Terms({ match }: { readonly match: WatchedMatch }): JSX.Element | null {
  const { detail, rules } = match;
  if (detail === undefined) return null;
  const token = tokenOf(detail.summary);
  const percent = (bps: number): string => `${bps / 100} %`;
  const places = rules?.placeBps.filter((bps) => bps > 0) ?? [];
  const prizes =
    places.length === 1
      ? `The winner takes ${percent(places[0] ?? 0)} of the pot`
      : `Places are paid ${places.map(percent).join(" / ")} of the pot`;
  const pot = detail.summary.pot;
  return (
    <details class="terms">
      <summary>What you agree to</summary>
      <ul>
        {rules !== undefined && (
          <li>
            {prizes}; the fee is {percent(rules.feeBps)}, {percent(rules.burnBps)} are burned. Now that is{" "}
            {moneyText(shareOf(pot, places[0] ?? 0), token)} of {moneyText(pot, token)}.
          </li>
        )}
        <li>Until the match is locked you can leave and get everything back.</li>
        <li>
          The stake lies in an account that only the program can open. The operator runs the battle, cannot
          take the stake, and posts every tick on chain while it happens.
        </li>
        <li>
          If the operator vanishes, anybody can end the match once a deadline has passed: you get the whole
          stake back, and a share of the operator's bond if the battle had begun.{" "}
          <Link href="/my">My matches</Link> does it.
        </li>
        <li>If the operator lies about a tick, anybody can prove it to the program: the same happens.</li>
        <li>
          Your moves are signed by a key that this browser makes for this match alone; it can move no money.
        </li>
      </ul>
    </details>
  );
}
