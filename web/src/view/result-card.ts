/**
 * The outcome, over the arena: who won, what each place is paid, and in which transaction.
 *
 * Shown as soon as the arena stands still; figures appear when the chain has them. Can be put aside
 * to look at the last positions.
 */
import { moneyText } from "../format/money";
import { standings } from "../match/standings";
import { tokenOf } from "../match/token";
import type { WatchedMatch } from "../match/watched";
import type { PlayerInfo } from "@aurelius/sdk/wire";
import { shieldIcon } from "../board/shield";
import { shortKey } from "../format/short";
import { CopyText } from "./copy";
import { element, KeyedList, setAttribute, setHidden, setText, type Row } from "./element";
import { PlayerTag } from "./player-tag";

interface Payout {
  readonly player: PlayerInfo;
  readonly text: string;
}

export class ResultCard {
  readonly root: HTMLElement;
  readonly #emblem = element("div", { class: "result-emblem" });
  readonly #title = element("h2", { class: "result-title" });
  readonly #sub = element("p", { class: "result-sub" });
  readonly #list: KeyedList<Payout>;
  readonly #rows = element("ol", { class: "payouts" });
  readonly #note = element("p", { class: "result-note" });
  #winner: number | undefined;
  #aside = false;

  constructor() {
    this.#list = new KeyedList<Payout>(this.#rows, ({ player }) => String(player.slot), makePayout);
    const close = element(
      "button",
      { type: "button", class: "result-close", onclick: () => this.#putAside() },
      "Look at the arena",
    );
    this.root = element(
      "section",
      { class: "result", hidden: true, "data-panel": "result", "aria-label": "Result" },
      this.#emblem,
      this.#title,
      this.#sub,
      this.#rows,
      this.#note,
      close,
    );
  }

  /** Shows it again after it was put aside: another match. */
  reset(): void {
    this.#aside = false;
    this.#winner = undefined;
  }

  update(match: WatchedMatch): void {
    const { detail } = match;
    const shown = detail !== undefined && match.isOver && !this.#aside;
    setHidden(this.root, !shown);
    if (!shown || detail === undefined) return;
    const token = tokenOf(detail.summary);
    const lines = standings(detail.players, match.snapshot);
    const winners = detail.players.filter((player) => player.place === 1);
    const leader = winners[0] ?? (match.snapshot === undefined ? undefined : lines[0]?.player);
    this.#showEmblem(leader);
    const settled = detail.summary.status === "settled";
    setAttribute(this.root, "data-settled", settled);
    setText(
      this.#title,
      leader === undefined
        ? "The match is over"
        : `${shortKey(leader.wallet)} ${winners.length > 1 ? `and ${winners.length - 1} more share the first place` : "wins"}`,
    );
    setText(this.#sub, subtitle(match));
    const paid = detail.players
      .filter((player) => player.payout !== null && player.payout > 0n)
      .sort((a, b) => (a.place ?? 255) - (b.place ?? 255) || a.slot - b.slot);
    this.#list.update(paid.map((player) => ({ player, text: moneyText(player.payout ?? 0n, token) })));
    setHidden(this.#rows, paid.length === 0);
    const { result } = detail;
    setHidden(this.#note, result === null);
    if (result !== null) {
      const rest = `fee ${moneyText(result.fee, token)}, burned ${moneyText(result.burn, token)}`;
      setText(this.#note, `Pot ${moneyText(result.pot, token)} · ${rest}`);
    }
  }

  #showEmblem(leader: PlayerInfo | undefined): void {
    if (leader?.slot === this.#winner && this.#emblem.childElementCount > 0) return;
    this.#winner = leader?.slot;
    this.#emblem.replaceChildren(...(leader === undefined ? [] : [shieldIcon(leader.slot, 64)]));
    setHidden(this.#emblem, leader === undefined);
  }

  #putAside(): void {
    this.#aside = true;
    setHidden(this.root, true);
  }
}

function subtitle(match: WatchedMatch): string {
  const { detail } = match;
  switch (detail?.summary.status) {
    case "settled":
      return "Settled on chain";
    case "proposed":
      return "The result is on chain; payouts follow when its window has passed";
    default:
      return "The last checkpoint and the result are going on chain";
  }
}

function makePayout(): Row<Payout> {
  const place = element("span", { class: "rank" });
  const tag = new PlayerTag(20);
  const money = element("span", { class: "payout" });
  const claim = new CopyText("claim transaction signature");
  const waiting = element("span", { class: "payout-waiting" }, "claim pending");
  const root = element(
    "li",
    { class: "payout-row" },
    place,
    tag.root,
    element("span", { class: "spacer" }),
    money,
    element("span", { class: "payout-claim" }, claim.root, waiting),
  );
  return {
    root,
    update: ({ player, text }) => {
      setText(place, player.refunded ? "↩" : String(player.place ?? "–"));
      tag.update(player.slot, player);
      setText(money, text);
      setAttribute(root, "data-refund", player.refunded);
      setHidden(claim.root, player.claimed_in === null);
      setHidden(waiting, player.claimed_in !== null);
      if (player.claimed_in !== null) claim.update(player.claimed_in, 5, 5);
    },
  };
}
