/**
 * Who stands how, while the match runs and after it.
 *
 * Live: the order the rules would give now. Over: the places and payouts the chain decided, with the
 * transactions that paid them. A row is a button that highlights the player's warriors on the board.
 */
import { moneyText, type Token } from "../format/money";
import { shortKey } from "../format/short";
import { HP_MAX } from "@aurelius/sdk/wire";
import type { Standing } from "../match/standings";
import type { MatchDetail } from "@aurelius/sdk/wire";
import { CopyText } from "./copy";
import { element, icon, KeyedList, setAttribute, setHidden, setProperty, setText, type Row } from "./element";
import { PlayerTag } from "./player-tag";
import { livery } from "../board/palette";

export interface StandingsState {
  readonly lines: readonly Standing[];
  readonly detail: MatchDetail | undefined;
  readonly token: Token;
  /** Whether the chain has decided. */
  readonly decided: boolean;
  readonly inArena: boolean;
  readonly focus: number | undefined;
}

interface Line {
  readonly rank: number;
  readonly line: Standing;
  readonly state: StandingsState;
}

export const SWORDS =
  "M4 3l8.5 8.5 1.6-1.6L6 3zM20 3h-2L4.8 16.200l-1.5-1.5-1.3 1.3 2.2 2.200L2 20.4 3.6 22l2.2-2.200L8 22l1.3-1.3-1.5-1.500L20 6zM14.5 13.500l-1.6 1.6 3.3 3.3-1.5 1.500L16 21.200l2.2-2.2 2.2 2.2 1.6-1.6-2.2-2.200L22 15.200l-1.3-1.3-1.5 1.500z";
const FLAME =
  "M12 2c1 4-4 6-4 11a4 4 0 0 0 8 0c0-1.5-.6-2.6-1.3-3.5 2.5 1.3 4.3 3.7 4.3 6.300A7 7 0 0 1 5 15.800C5 9.5 11 8 12 2z";

export class StandingsPanel {
  readonly root: HTMLElement;
  readonly #title: HTMLElement;
  readonly #note: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #list: KeyedList<Line>;
  readonly #sums: HTMLElement;

  constructor(onFocus: (slot: number | undefined) => void) {
    this.#title = element("h2", { class: "caption" });
    this.#note = element("span", { class: "panel-note" });
    this.#empty = element("p", { class: "panel-empty" }, "Nobody has entered yet.");
    const rows = element("ol", { class: "standings" });
    this.#list = new KeyedList<Line>(
      rows,
      ({ line }) => String(line.player.slot),
      ({ line }) => makeRow(line.player.slot, onFocus),
    );
    this.#sums = element("div", { class: "sums", hidden: true });
    this.root = element(
      "section",
      { class: "panel", "data-panel": "standings" },
      element("div", { class: "panel-head" }, this.#title, this.#note),
      element(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Players" },
        this.#empty,
        rows,
      ),
      this.#sums,
    );
  }

  update(state: StandingsState): void {
    setText(this.#title, state.decided ? "Final ranking" : state.inArena ? "Standings" : "Players");
    const alive = state.lines.reduce((sum, line) => sum + line.alive, 0);
    const total = state.lines.reduce((sum, line) => sum + line.player.warriors, 0);
    setText(this.#note, state.inArena ? `${alive} of ${total} warriors stand` : `${total} warriors`);
    setHidden(this.#empty, state.lines.length > 0);
    const ordered = state.decided ? byPlace(state.lines) : state.lines;
    this.#list.update(ordered.map((line, index) => ({ rank: line.player.place ?? index + 1, line, state })));
    this.#updateSums(state);
  }

  #updateSums(state: StandingsState): void {
    const result = state.detail?.result ?? null;
    setHidden(this.#sums, result === null);
    if (result === null) return;
    const text = `Pot ${moneyText(result.pot, state.token)}   ·   fee ${moneyText(result.fee, state.token)}   ·   burned ${moneyText(result.burn, state.token)}`;
    setText(this.#sums, text);
  }
}

function byPlace(lines: readonly Standing[]): Standing[] {
  return lines
    .map((line, index) => ({ line, key: line.player.place ?? 1000 + index, index }))
    .sort((a, b) => a.key - b.key || a.index - b.index)
    .map((entry) => entry.line);
}

function makeRow(slot: number, onFocus: (slot: number | undefined) => void): Row<Line> {
  let focused = false;
  const rank = element("span", { class: "rank" });
  const tag = new PlayerTag(22);
  const late = element("span", { class: "tag", hidden: true }, "late");
  const pips = element("span", { class: "pips" });
  const health = element("span", { class: "health" });
  const kills = element("span", { class: "tally" });
  const killCount = element("span");
  kills.append(icon(SWORDS), killCount);
  const streakCount = element("span");
  const streak = element("span", { class: "streak", hidden: true }, icon(FLAME), streakCount);
  const payout = element("span", { class: "payout", hidden: true });
  const claim = new CopyText("claim transaction signature");
  const claimLine = element(
    "span",
    { class: "claim", hidden: true },
    element("span", { class: "claim-word" }),
    claim.root,
  );
  const button = element(
    "button",
    { type: "button", class: "standing-main", onclick: () => onFocus(focused ? undefined : slot) },
    rank,
    tag.root,
    late,
    element("span", { class: "spacer" }),
    streak,
    kills,
    pips,
    payout,
    health,
  );
  const root = element("li", { class: "standing", "data-slot": slot }, button, claimLine);
  setProperty(root, "--livery", livery(slot).field);
  return {
    root,
    update: ({ rank: place, line, state }) => {
      const { player } = line;
      focused = state.focus === slot;
      setText(rank, state.inArena || state.decided ? String(place) : "");
      tag.update(slot, player);
      setHidden(late, !player.late);
      setHidden(kills, !state.inArena);
      setText(killCount, String(line.kills));
      setAttribute(kills, "data-zero", line.kills === 0);
      setHidden(streak, line.streak < 2 || state.decided);
      setText(streakCount, `×${line.streak}`);
      updatePips(pips, line, state);
      setHidden(pips, state.decided);
      const max = Math.max(1, player.warriors) * HP_MAX;
      setProperty(health, "--share", state.inArena ? (line.hp / max).toFixed(3) : "0");
      setHidden(health, state.decided || !state.inArena);
      const out = state.inArena && line.alive === 0 && line.entered > 0;
      setAttribute(root, "data-out", out && !state.decided);
      setAttribute(root, "data-place", state.decided ? place : null);
      setAttribute(button, "aria-pressed", focused ? "true" : "false");
      updatePayout(payout, claimLine, claim, line, state);
      setAttribute(button, "aria-label", rowLabel(place, line, state));
    },
  };
}

function updatePips(pips: HTMLElement, line: Standing, state: StandingsState): void {
  const wanted = line.player.warriors;
  while (pips.childElementCount > wanted) pips.lastElementChild?.remove();
  while (pips.childElementCount < wanted) pips.append(element("i"));
  const alive = state.inArena ? line.alive : wanted;
  Array.from(pips.children).forEach((pip, index) => setAttribute(pip, "data-alive", index < alive));
}

function updatePayout(
  payout: HTMLElement,
  claimLine: HTMLElement,
  claim: CopyText,
  line: Standing,
  state: StandingsState,
): void {
  const { player } = line;
  const paid = player.payout !== null && player.payout > 0n;
  setHidden(payout, !state.decided);
  setText(payout, paid ? moneyText(player.payout ?? 0n, state.token) : "–");
  setAttribute(payout, "data-paid", paid);
  setHidden(claimLine, !state.decided || player.claimed_in === null || !paid);
  if (player.claimed_in === null) return;
  claim.update(player.claimed_in, 6, 6);
  const word = claimLine.firstElementChild;
  if (word !== null) setText(word, player.refunded ? "Refunded in" : "Paid in");
}

function rowLabel(place: number, line: Standing, state: StandingsState): string {
  const name = `Place ${place}, ${shortKey(line.player.wallet)}`;
  if (state.decided)
    return `${name}, payout ${moneyText(line.player.payout ?? 0n, state.token)}, ${line.kills} kills`;
  if (!state.inArena) return `${shortKey(line.player.wallet)}, ${line.player.warriors} warriors`;
  return `${name}, ${line.alive} of ${line.player.warriors} warriors alive, ${line.hp} hit points, ${line.kills} kills. Highlight on the board`;
}
