/** What amounts of a match look like. */
import type { Token } from "../format/money";
import type { MatchSummary } from "../wire/directory";

export function tokenOf(match: MatchSummary): Token {
  return { decimals: match.decimals, symbol: match.symbol };
}
