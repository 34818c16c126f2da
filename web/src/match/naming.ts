/** What the page calls matches and their statuses, and where they live. */
import type { MatchStatus, MatchSummary } from "@aurelius/sdk/wire";

/** `Blitz № 12`: people count from one, the chain from nought. */
export function matchTitle(match: MatchSummary): string {
  return `${match.mode === "blitz" ? "Blitz" : "Siege"} №\u00a0${match.match_id + 1}`;
}

/** Route of a match within the page. */
export function matchHref(key: string): string {
  return `/match/${key}`;
}

export interface StatusLabel {
  readonly text: string;
  readonly tone: "plain" | "live" | "good" | "gold";
}

export function statusLabel(status: MatchStatus): StatusLabel {
  switch (status) {
    case "open":
      return { text: "Open", tone: "gold" };
    case "locked":
      return { text: "Drawing seed", tone: "gold" };
    case "live":
      return { text: "Live", tone: "live" };
    case "proposed":
      return { text: "Result posted", tone: "gold" };
    case "settled":
      return { text: "Settled", tone: "good" };
    case "cancelled":
      return { text: "Cancelled", tone: "plain" };
    case "voided":
      return { text: "Voided", tone: "plain" };
  }
}
