/** What is said over the arena when there is no battle to see, or when the picture is old. */
import type { Live } from "../live/live";

export interface Notice {
  readonly title: string;
  readonly text: string;
  readonly busy: boolean;
}

/** What is wrong with the picture, said over it. */
export function ribbonText({ watched, link, silent }: Live): string | undefined {
  if (watched?.snapshot === undefined || watched.isOver) return undefined;
  if (link.kind !== "online")
    return "Connection lost. The match goes on without us; the picture resumes by itself.";
  if (watched.pausedAt !== undefined)
    return "The chain stands still, and the match waits for its next dice rolls. Nothing is lost; the picture resumes by itself.";
  if (silent) return "No news from the arena. The operator may be restarting; the picture resumes by itself.";
  return undefined;
}

/** What stands where a battle would be. */
export function noticeFor({ watched, link }: Live, following: boolean): Notice | undefined {
  if (watched?.problem !== undefined) return { title: "Nothing to show", text: watched.problem, busy: false };
  if (watched?.detail === undefined && (link.kind === "waiting" || link.kind === "closed")) {
    const text = "The relay cannot be reached. This page keeps trying.";
    return { title: "No connection", text, busy: false };
  }
  if (watched === undefined) {
    const text = "No match is being fought. The next one appears here as soon as it starts.";
    return following ? { title: "The arena is quiet", text, busy: false } : undefined;
  }
  switch (watched.detail?.summary.status) {
    case undefined:
      return { title: "Entering the stands…", text: "", busy: true };
    case "cancelled":
      return {
        title: "Cancelled",
        text: "The match never started. Every entry is paid back in full.",
        busy: false,
      };
    case "voided":
      return {
        title: "Voided",
        text: "The match could not be completed. Every entry is paid back in full.",
        busy: false,
      };
    case "live":
      return watched.snapshot === undefined
        ? { title: "Waiting for the first picture…", text: "", busy: true }
        : undefined;
    default:
      return undefined;
  }
}
