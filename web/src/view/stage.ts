/**
 * The middle of the page: title, stations, numbers, and the arena with what lies over it.
 *
 * Invariant: exactly one of board, lobby, notice and result asks for attention; a lost connection is
 * said on top of the last picture, never instead of it. Absent: sockets and timing.
 */
import { Board } from "../board/board";
import { POWER_UP_COLOUR, POWER_UP_PATH } from "../board/power-ups";
import { aliveCount, type PowerUpKind } from "@aurelius/sdk/wire";
import { matchTitle, statusLabel } from "../match/naming";
import type { WatchedMatch } from "../match/watched";
import type { LinkState } from "@aurelius/sdk/session";
import { CopyText } from "./copy";
import { element, icon, setAttribute, setHidden, setProperty, setText } from "./element";
import { Hud } from "./hud";
import { Lifecycle } from "./lifecycle";
import { LobbyCard } from "./lobby-card";
import { playerName } from "./player-tag";
import { ResultCard } from "./result-card";

export interface StageState {
  readonly match: WatchedMatch | undefined;
  /** The fractional tick on screen. */
  readonly tick: number;
  readonly link: LinkState;
  /** Unix time, milliseconds. */
  readonly nowMs: number;
  /** Whether the page picked the match by itself. */
  readonly following: boolean;
  /** Whether a live match has sent nothing for seconds. */
  readonly silent: boolean;
}

const LEGEND: readonly (readonly [PowerUpKind, string])[] = [
  ["rage", "Rage"],
  ["heal", "Heal"],
  ["shield", "Shield"],
  ["speed", "Speed"],
];
/** Shown before the first frame tells the real size: a Blitz with its walls. */
const DEFAULT_SIDE = 34;

export class Stage {
  readonly root: HTMLElement;
  readonly board: Board;
  readonly #title = element("h1", { class: "stage-title" });
  readonly #badge = element("span", { class: "badge" });
  readonly #address = new CopyText("match address");
  readonly #following = element("span", { class: "following", hidden: true }, "following live matches");
  readonly #lifecycle = new Lifecycle();
  readonly #hud = new Hud();
  readonly #lobby = new LobbyCard();
  readonly #result = new ResultCard();
  readonly #notice = element("div", { class: "notice" });
  readonly #noticeTitle = element("h2", { class: "notice-title" });
  readonly #noticeText = element("p", {});
  readonly #ribbon = element("p", { class: "ribbon", role: "status", hidden: true });
  readonly #tip = element("div", { class: "tip", hidden: true });
  readonly #head: HTMLElement;
  readonly #figure: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #spoken = element("p", { class: "visually-hidden", role: "status" });
  #match: WatchedMatch | undefined;
  #said = "";

  constructor(onPick: (slot: number | undefined) => void) {
    this.#canvas = element("canvas", { class: "arena", role: "img" });
    this.board = new Board(this.#canvas);
    this.#notice.append(this.#noticeTitle, this.#noticeText);
    const overlay = element("div", { class: "overlay" }, this.#notice, this.#lobby.root, this.#result.root);
    this.#figure = element("figure", { class: "field" }, this.#canvas, this.#ribbon, overlay, this.#tip);
    this.#head = element(
      "div",
      { class: "stage-head" },
      element("a", { class: "back", href: "#/" }, "‹ All matches"),
      element("div", { class: "stage-name" }, this.#title, this.#badge, this.#address.root, this.#following),
      this.#lifecycle.root,
    );
    this.root = element(
      "main",
      { class: "stage", id: "stage", tabindex: -1 },
      this.#head,
      this.#hud.root,
      element("div", { class: "field-room" }, this.#figure),
      legend(),
      this.#spoken,
    );
    this.#listen(onPick);
  }

  /** Another match, or none. */
  reset(match: WatchedMatch | undefined): void {
    this.#match = match;
    this.#said = "";
    this.#result.reset();
    const side = match?.rules === undefined ? DEFAULT_SIDE : match.rules.arenaSide + 2;
    this.board.reset(side);
    setHidden(this.#tip, true);
  }

  update(state: StageState): void {
    const { match } = state;
    const detail = match?.detail;
    setHidden(this.#head, detail === undefined);
    setHidden(this.#hud.root, detail === undefined);
    setHidden(this.#following, !state.following);
    this.#updateNotice(state);
    const ribbon = ribbonText(state);
    setHidden(this.#ribbon, ribbon === undefined);
    if (ribbon !== undefined) setText(this.#ribbon, ribbon);
    setAttribute(this.#figure, "data-quiet", match?.snapshot === undefined);
    setAttribute(this.#figure, "data-stale", ribbon !== undefined);
    if (match === undefined || detail === undefined) {
      setHidden(this.#lobby.root, true);
      setHidden(this.#result.root, true);
      return;
    }
    const label = statusLabel(detail.summary.status);
    setText(this.#title, matchTitle(detail.summary));
    setText(this.#badge, label.text);
    setAttribute(this.#badge, "data-tone", label.tone);
    this.#address.update(match.key);
    this.#lifecycle.update(detail.summary.status);
    this.#hud.update(match, state.tick, state.nowMs);
    this.#lobby.update(match, state.nowMs);
    this.#result.update(match);
    this.#describe(match);
  }

  #updateNotice({ match, link, following }: StageState): void {
    const notice = noticeFor(match, link, following);
    setHidden(this.#notice, notice === undefined);
    if (notice === undefined) return;
    setText(this.#noticeTitle, notice.title);
    setText(this.#noticeText, notice.text);
    setAttribute(this.#notice, "data-busy", notice.busy);
  }

  /** What a screen reader is told: the picture's summary, and changes of station aloud. */
  #describe(match: WatchedMatch): void {
    const { detail, snapshot } = match;
    if (detail === undefined) return;
    const alive = snapshot === undefined ? 0 : aliveCount(snapshot);
    const picture =
      snapshot === undefined
        ? "Empty arena"
        : `Arena with ${alive} of ${snapshot.warriors.length} warriors standing`;
    setAttribute(this.#canvas, "aria-label", picture);
    const said = `${matchTitle(detail.summary)}: ${match.isOver ? "over" : statusLabel(detail.summary.status).text}`;
    if (said !== this.#said) {
      this.#said = said;
      setText(this.#spoken, said);
    }
  }

  #listen(onPick: (slot: number | undefined) => void): void {
    this.#canvas.addEventListener("pointermove", (event) => {
      const found = this.board.warriorAt(event.offsetX, event.offsetY);
      setHidden(this.#tip, found === undefined);
      if (found === undefined) return;
      const { warrior } = found;
      const name = playerName(warrior.owner, this.#match?.player(warrior.owner));
      const effect = warrior.effect === "none" ? "" : ` · ${warrior.effect}`;
      setText(this.#tip, `${name} · ${warrior.hp} HP · ${warrior.kills} kills${effect}`);
      setProperty(this.#tip, "--x", `${event.offsetX + this.#canvas.offsetLeft}px`);
      setProperty(this.#tip, "--y", `${event.offsetY + this.#canvas.offsetTop}px`);
    });
    this.#canvas.addEventListener("pointerleave", () => setHidden(this.#tip, true));
    this.#canvas.addEventListener("click", (event) => {
      onPick(this.board.warriorAt(event.offsetX, event.offsetY)?.warrior.owner);
    });
  }
}

/** What is wrong with the picture, said over it. */
function ribbonText({ match, link, silent }: StageState): string | undefined {
  if (match?.snapshot === undefined || match.isOver) return undefined;
  if (link.kind !== "online")
    return "Connection lost. The match goes on without us; the picture resumes by itself.";
  if (silent) return "No news from the arena. The operator may be restarting; the picture resumes by itself.";
  return undefined;
}

interface Notice {
  readonly title: string;
  readonly text: string;
  readonly busy: boolean;
}

function noticeFor(match: WatchedMatch | undefined, link: LinkState, following: boolean): Notice | undefined {
  if (match?.problem !== undefined) return { title: "Nothing to show", text: match.problem, busy: false };
  if (match?.detail === undefined && (link.kind === "waiting" || link.kind === "closed")) {
    return {
      title: "No connection",
      text: "The relay cannot be reached. This page keeps trying.",
      busy: false,
    };
  }
  if (match === undefined) {
    return following
      ? {
          title: "The arena is quiet",
          text: "No match is being fought. The next one appears here as soon as it starts.",
          busy: false,
        }
      : undefined;
  }
  const { detail } = match;
  if (detail === undefined) return { title: "Entering the stands…", text: "", busy: true };
  switch (detail.summary.status) {
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
      return match.snapshot === undefined
        ? { title: "Waiting for the first picture…", text: "", busy: true }
        : undefined;
    default:
      return undefined;
  }
}

function legend(): HTMLElement {
  return element(
    "ul",
    { class: "legend", "aria-label": "Power-ups" },
    ...LEGEND.map(([kind, name]) => {
      const glyph = icon(POWER_UP_PATH[kind]);
      glyph.style.color = POWER_UP_COLOUR[kind];
      return element("li", {}, glyph, name);
    }),
  );
}
