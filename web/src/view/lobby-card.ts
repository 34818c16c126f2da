/**
 * Before the battle: who has entered, how many seats are left, what happens next.
 *
 * Leaves room under the seats for an entry form.
 */
import { shieldIcon } from "../board/shield";
import { shortKey } from "../format/short";
import { untilText } from "../format/time";
import type { WatchedMatch } from "../match/watched";
import type { PlayerInfo } from "@aurelius/sdk/wire";
import { element, KeyedList, setHidden, setText, type Row } from "./element";

/** A seat with a player, or an empty one. */
interface Seat {
  readonly index: number;
  readonly player: PlayerInfo | undefined;
}

/** More seats than this would only be noise; the count says the rest. */
const SEATS_MAX = 24;

export class LobbyCard {
  readonly root: HTMLElement;
  readonly #title = element("h2", { class: "lobby-title" });
  readonly #note = element("p", { class: "lobby-note" });
  readonly #more = element("p", { class: "lobby-more", hidden: true });
  readonly #seats: KeyedList<Seat>;

  constructor() {
    const seats = element("ul", { class: "seats", "aria-label": "Seats" });
    this.#seats = new KeyedList<Seat>(
      seats,
      (seat) => (seat.player === undefined ? `free-${seat.index}` : `taken-${seat.player.slot}`),
      makeSeat,
    );
    this.root = element(
      "section",
      { class: "lobby", hidden: true, "data-panel": "lobby" },
      this.#title,
      this.#note,
      seats,
      this.#more,
    );
  }

  update(match: WatchedMatch, nowMs: number): void {
    const { detail } = match;
    const status = detail?.summary.status;
    const shown =
      detail !== undefined && match.snapshot === undefined && (status === "open" || status === "locked");
    setHidden(this.root, !shown);
    if (!shown || detail === undefined) return;
    const { players, players_max: max, starts_at_ms: starts } = detail.summary;
    const free = Math.max(0, max - players);
    if (status === "locked") {
      setText(this.#title, "The seed is being drawn");
      setText(
        this.#note,
        "Entries are closed. The randomness is committed on chain and revealed when the battle starts.",
      );
    } else {
      setText(this.#title, free === 0 ? "Full: closing entries" : `${free} of ${max} seats free`);
      const when =
        starts === null
          ? "It starts when the lobby is full, or a while after enough have entered."
          : `It starts ${untilText(starts, nowMs)}, or when the lobby is full.`;
      setText(this.#note, when);
    }
    const taken: Seat[] = detail.players.map((player, index) => ({ index, player }));
    const empty: Seat[] = Array.from({ length: status === "open" ? free : 0 }, (_, index) => ({
      index,
      player: undefined,
    }));
    const all = [...taken, ...empty];
    this.#seats.update(all.slice(0, SEATS_MAX));
    setHidden(this.#more, all.length <= SEATS_MAX);
    setText(this.#more, `and ${all.length - SEATS_MAX} more seats`);
  }
}

function makeSeat(seat: Seat): Row<Seat> {
  const { player } = seat;
  const root =
    player === undefined
      ? element(
          "li",
          { class: "seat", "data-free": true },
          element("span", { class: "seat-ring" }),
          element("span", {}, "free"),
        )
      : element(
          "li",
          { class: "seat", title: player.wallet },
          shieldIcon(player.slot, 38),
          element("span", { class: "mono" }, shortKey(player.wallet)),
        );
  return { root, update: () => undefined };
}
