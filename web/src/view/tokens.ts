/** What a mint's amounts look like, as far as the list of matches tells. */
import { shortKey } from "../format/short";
import type { Token } from "../format/money";
import { tokenOf } from "../match/token";
import type { Live } from "../live/live";

/** Whole smallest units under the mint's short address, where nobody told decimals and symbol. */
export function tokenOfMint(live: Live, mint: string): Token {
  const match = live.index.matches?.find((one) => one.mint === mint && one.symbol !== "");
  return match === undefined ? { decimals: 0, symbol: `units of ${shortKey(mint)}` } : tokenOf(match);
}
