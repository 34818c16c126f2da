/** What amounts of a match look like. */
import type { Token } from "../format/money";
import type { MatchSummary } from "@aurelius/sdk/wire";

export function tokenOf(match: MatchSummary): Token {
  return { decimals: match.decimals, symbol: match.symbol };
}
