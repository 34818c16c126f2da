/**
 * Who fell, newest first.
 *
 * Absent: sounds, and announcing every death to screen readers, which would drown everything else;
 * the list can be read at any time.
 */
import { clockText } from "../format/time";
import { aliveCount, type DeathCause } from "@aurelius/sdk/wire";
import type { Death, WatchedMatch } from "../match/watched";
import { element, icon, KeyedList, setHidden, setText, type Row } from "./element";
import { PlayerTag } from "./player-tag";
import { SWORDS } from "./standings-panel";

const SKULL =
  "M12 2a8.5 8.5 0 0 0-8.5 8.500c0 2.9 1.4 5.2 3.5 6.600V20a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1v-2.900c2.1-1.4 3.5-3.7 3.5-6.600A8.5 8.5 0 0 0 12 2zM8.7 13.300a2 2 0 1 1 0-4 2 2 0 0 1 0 4zm6.6 0a2 2 0 1 1 0-4 2 2 0 0 1 0 4z";

export class KillFeed {
  readonly root: HTMLElement;
  readonly #list: KeyedList<Death>;
  readonly #empty: HTMLElement;
  readonly #note: HTMLElement;
  #match: WatchedMatch | undefined;

  constructor() {
    const rows = element("ol", { class: "feed" });
    this.#empty = element("p", { class: "panel-empty" });
    this.#note = element("span", { class: "panel-note" });
    this.#list = new KeyedList<Death>(
      rows,
      (death) => String(death.victim),
      () => this.#makeRow(),
    );
    this.root = element(
      "section",
      { class: "panel", "data-panel": "feed" },
      element("div", { class: "panel-head" }, element("h2", { class: "caption" }, "Fallen"), this.#note),
      element(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Fallen warriors" },
        this.#empty,
        rows,
      ),
    );
  }

  update(match: WatchedMatch): void {
    this.#match = match;
    setHidden(this.#empty, match.deaths.length > 0);
    setText(this.#empty, emptyText(match));
    setText(this.#note, match.deaths.length === 0 ? "" : String(match.deaths.length));
    this.#list.update(match.deaths);
  }

  #makeRow(): Row<Death> {
    const time = element("span", { class: "feed-time" });
    const attacker = new PlayerTag();
    const victim = new PlayerTag();
    const blade = icon(SWORDS, "icon feed-blade");
    const skull = icon(SKULL, "icon feed-blade");
    const cause = element("span", { class: "feed-cause" });
    const streak = element("span", { class: "feed-streak" });
    const root = element(
      "li",
      { class: "death" },
      time,
      attacker.root,
      blade,
      skull,
      victim.root,
      cause,
      streak,
    );
    return {
      root,
      update: (death) => {
        const byPlayer = death.attackerOwner !== undefined;
        setText(time, clockText(death.tick));
        setHidden(attacker.root, !byPlayer);
        blade.toggleAttribute("hidden", !byPlayer);
        skull.toggleAttribute("hidden", byPlayer);
        if (death.attackerOwner !== undefined) {
          attacker.update(death.attackerOwner, this.#match?.player(death.attackerOwner));
        }
        victim.update(death.victimOwner, this.#match?.player(death.victimOwner));
        setText(cause, byPlayer ? "" : causeText(death.cause));
        setHidden(cause, byPlayer);
        setText(streak, death.streak >= 2 ? `×${death.streak}` : "");
      },
    };
  }
}

function emptyText(match: WatchedMatch): string {
  const { snapshot } = match;
  if (snapshot === undefined) return "Nothing to report.";
  return snapshot.warriors.length === aliveCount(snapshot)
    ? "Everyone is still standing."
    : "Nobody has fallen while you watched.";
}

function causeText(cause: DeathCause): string {
  switch (cause) {
    case "zone":
      return "fell outside the zone";
    case "environment":
      return "bled out";
    case "combat":
      return "fell in combat";
  }
}
