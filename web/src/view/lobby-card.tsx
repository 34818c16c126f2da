/**
 * Before the battle: who has entered, how many seats are left, what happens next, and the way in and out.
 */
import type { MatchDetail, PlayerInfo } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { shortKey } from "../format/short";
import { untilText } from "../format/time";
import type { WatchedMatch } from "../match/watched";
import { EntryForm } from "./entry-form";
import { Shield } from "./shield";
import { Terms } from "./terms";

/** More seats than this would only be noise; the count says the rest. */
const SEATS_MAX = 24;

interface LobbyCardProps {
  readonly match: WatchedMatch;
  readonly own: number | undefined;
  /** Unix time, milliseconds. */
  readonly nowMs: number;
}

export function LobbyCard({ match, own, nowMs }: LobbyCardProps): JSX.Element | null {
  const { detail } = match;
  if (detail === undefined) return null;
  const { status, players_max: max } = detail.summary;
  const free = status === "open" ? Math.max(0, max - detail.players.length) : 0;
  const seats: (PlayerInfo | undefined)[] = [...detail.players, ...Array<undefined>(free)];
  return (
    <section class="lobby" data-panel="lobby">
      <h2 class="lobby-title">{titleText(detail, free)}</h2>
      <p class="lobby-note">{noteText(detail, nowMs)}</p>
      <EntryForm match={match} own={own} />
      <ul class="seats" aria-label="Seats">
        {seats.slice(0, SEATS_MAX).map((player, index) => (
          <Seat
            key={player?.wallet ?? `free-${index}`}
            player={player}
            own={player?.slot === own && own !== undefined}
          />
        ))}
      </ul>
      {seats.length > SEATS_MAX && <p class="lobby-more">and {seats.length - SEATS_MAX} more seats</p>}
      <Terms match={match} />
    </section>
  );
}

function titleText({ summary }: MatchDetail, free: number): string {
  if (summary.status === "locked") return "The seed is being drawn";
  return free === 0 ? "Full: closing entries" : `${free} of ${summary.players_max} seats free`;
}

function noteText({ summary }: MatchDetail, nowMs: number): string {
  if (summary.status === "locked") {
    return "Entries are closed. The randomness is committed on chain and revealed when the battle starts.";
  }
  const starts = summary.starts_at_ms;
  return starts === null
    ? "It starts when the lobby is full, or a while after enough have entered."
    : `It starts ${untilText(starts, nowMs)}, or when the lobby is full.`;
}

interface SeatProps {
  readonly player: PlayerInfo | undefined;
  readonly own: boolean;
}

function Seat({ player, own }: SeatProps): JSX.Element {
  if (player === undefined) {
    return (
      <li class="seat" data-free>
        <span class="seat-ring" />
        <span>free</span>
      </li>
    );
  }
  return (
    <li class="seat" title={player.wallet} data-own={own || undefined}>
      <Shield slot={player.slot} size={38} />
      <span class="mono">{own ? "you" : shortKey(player.wallet)}</span>
      {player.warriors > 1 && <span class="seat-count">×{player.warriors}</span>}
    </li>
  );
}
