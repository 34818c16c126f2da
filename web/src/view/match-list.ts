/**
 * The list of matches: live ones, lobbies that can be entered, finished ones.
 *
 * Invariant: every match is a link with its own address, so keyboard, middle click and back button
 * work as everywhere. Absent: fetching (see `net/directory-poll.ts`).
 */
import { agoText, clockText, untilText } from "../format/time";
import { moneyText } from "../format/money";
import { matchHref, matchTitle, statusLabel } from "../match/naming";
import { tokenOf } from "../match/token";
import type { MatchSummary } from "@aurelius/sdk/wire";
import { element, KeyedList, setAttribute, setHidden, setProperty, setText, type Row } from "./element";

export interface MatchListState {
  readonly matches: readonly MatchSummary[] | undefined;
  readonly error: string | undefined;
  /** The match shown on the stage. */
  readonly selected: string | undefined;
  /** Unix time, milliseconds. */
  readonly nowMs: number;
}

const FINISHED_SHOWN = 20;

interface Section {
  readonly root: HTMLElement;
  readonly count: HTMLElement;
  readonly list: KeyedList<Entry>;
}

interface Entry {
  readonly match: MatchSummary;
  readonly selected: boolean;
  readonly nowMs: number;
}

export class MatchList {
  readonly root: HTMLElement;
  readonly #live: Section;
  readonly #open: Section;
  readonly #over: Section;
  readonly #message: HTMLElement;

  constructor() {
    this.#live = section("Live");
    this.#open = section("Open lobbies");
    this.#over = section("Finished");
    this.#message = element("p", { class: "rail-message" });
    this.root = element(
      "nav",
      { class: "rail scroll", "aria-label": "Matches" },
      this.#message,
      this.#live.root,
      this.#open.root,
      this.#over.root,
    );
  }

  update(state: MatchListState): void {
    const matches = state.matches ?? [];
    this.#fill(this.#live, matches.filter(isRunning), state);
    this.#fill(
      this.#open,
      matches.filter((match) => match.status === "open"),
      state,
    );
    this.#fill(this.#over, matches.filter(isOver).slice(0, FINISHED_SHOWN), state);
    const message =
      state.error !== undefined
        ? `The list could not be loaded: ${state.error}. Trying again.`
        : state.matches === undefined
          ? "Loading matches…"
          : matches.length === 0
            ? "No match yet. The next lobby appears here by itself."
            : "";
    setText(this.#message, message);
    setHidden(this.#message, message === "");
    setAttribute(this.#message, "data-tone", state.error !== undefined ? "error" : null);
    setAttribute(this.root, "aria-busy", state.matches === undefined ? "true" : null);
  }

  #fill(target: Section, matches: readonly MatchSummary[], state: MatchListState): void {
    setHidden(target.root, matches.length === 0);
    setText(target.count, String(matches.length));
    target.list.update(
      matches.map((match) => ({ match, selected: match.match === state.selected, nowMs: state.nowMs })),
    );
  }
}

/** Matches in the arena, just before it and just after it. */
export function isRunning(match: MatchSummary): boolean {
  return match.status === "locked" || match.status === "live" || match.status === "proposed";
}

function isOver(match: MatchSummary): boolean {
  return match.status === "settled" || match.status === "cancelled" || match.status === "voided";
}

function section(title: string): Section {
  const count = element("span", { class: "rail-count" });
  const items = element("ul", { class: "rail-list" });
  const root = element(
    "section",
    { class: "rail-section", hidden: true },
    element("h2", { class: "caption rail-title" }, title, count),
    items,
  );
  return { root, count, list: new KeyedList<Entry>(items, (entry) => entry.match.match, makeEntry) };
}

function makeEntry(first: Entry): Row<Entry> {
  const title = element("span", { class: "entry-title" });
  const badge = element("span", { class: "badge" });
  const facts = element("span", { class: "entry-facts" });
  const money = element("span", { class: "entry-money" });
  const bar = element("span", { class: "entry-bar", "aria-hidden": "true" });
  const link = element(
    "a",
    { class: "entry", href: matchHref(first.match.match), "data-match": first.match.match },
    element("span", { class: "entry-line" }, title, badge),
    element("span", { class: "entry-line" }, facts, money),
    bar,
  );
  return {
    root: element("li", {}, link),
    update: ({ match, selected, nowMs }) => {
      setText(title, matchTitle(match));
      const label = statusLabel(match.status);
      setText(badge, label.text);
      setAttribute(badge, "data-tone", label.tone);
      setText(facts, factsText(match, nowMs));
      const stake = match.status === "open";
      setText(
        money,
        `${moneyText(stake ? match.stake_per_warrior : match.pot, tokenOf(match))}${stake ? " stake" : ""}`,
      );
      setProperty(bar, "--share", String(barShare(match)));
      setHidden(bar, isOver(match) || match.status === "proposed");
      setAttribute(link, "aria-current", selected ? "true" : null);
      setAttribute(link, "data-status", match.status);
      setAttribute(link, "data-mode", match.mode);
    },
  };
}

function factsText(match: MatchSummary, nowMs: number): string {
  switch (match.status) {
    case "open": {
      const seats = `${match.players} of ${match.players_max} players`;
      return match.starts_at_ms === null ? seats : `${seats} · ${untilText(match.starts_at_ms, nowMs)}`;
    }
    case "locked":
      return `${match.players} players · starting`;
    case "live":
      return `${match.players} players · ${clockText(match.length_ticks - match.tick)} left`;
    case "proposed":
      return `${match.players} players`;
    default:
      return `${match.players} players · ${agoText(match.starts_at_ms ?? match.created_at_ms, nowMs)}`;
  }
}

function barShare(match: MatchSummary): number {
  const share =
    match.status === "open"
      ? match.players / Math.max(1, match.players_max)
      : match.tick / Math.max(1, match.length_ticks);
  return Math.min(1, Math.max(0, Math.round(share * 1000) / 1000));
}
