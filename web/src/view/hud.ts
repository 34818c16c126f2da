/**
 * The numbers over the arena: time, phase, money, warriors.
 */
import { moneyText, shareOf, type Token } from "../format/money";
import { clockText, untilText } from "../format/time";
import { phaseAt, type Rules } from "../match/rules";
import { tokenOf } from "../match/token";
import type { SpecialKind } from "@aurelius/sdk/wire";
import type { WatchedMatch } from "../match/watched";
import type { MatchDetail } from "@aurelius/sdk/wire";
import { element, setAttribute, setProperty, setText } from "./element";

/** Special events in words (docs/RULES.md). */
const SPECIAL: Record<SpecialKind, { readonly name: string; readonly note: string }> = {
  frenzy: { name: "Frenzy", note: "every blow hits harder" },
  calm: { name: "Calm", note: "nobody bleeds for a while" },
  haste: { name: "Haste", note: "everyone moves fast" },
};

interface Gauge {
  readonly root: HTMLElement;
  readonly caption: HTMLElement;
  readonly value: HTMLElement;
  readonly note: HTMLElement;
}

export class Hud {
  readonly root: HTMLElement;
  readonly #time = gauge("time");
  readonly #phase = gauge("phase");
  readonly #warriors = gauge("warriors");
  readonly #pot = gauge("pot");
  readonly #prize = gauge("prize");

  constructor() {
    this.root = element(
      "dl",
      { class: "hud" },
      ...[this.#time, this.#phase, this.#warriors, this.#pot, this.#prize].map((part) => part.root),
    );
  }

  /** `tick` is the one on screen, `nowMs` Unix time. */
  update(match: WatchedMatch, tick: number, nowMs: number): void {
    this.#updateTime(match, tick, nowMs);
    this.#updatePhase(match, tick);
    this.#updateWarriors(match);
    this.#updateMoney(match);
  }

  #updateTime(match: WatchedMatch, tick: number, nowMs: number): void {
    const summary = match.detail?.summary;
    const length = match.rules?.lengthTicks ?? summary?.length_ticks ?? 0;
    const over = match.isOver;
    const running = match.snapshot !== undefined;
    if (over) {
      write(
        this.#time,
        "Fought for",
        clockText(match.endedTick ?? summary?.tick ?? tick),
        `of ${clockText(length)}`,
      );
    } else if (running) {
      write(this.#time, "Remaining", clockText(length - tick), `of ${clockText(length)}`);
    } else {
      const starts = summary?.starts_at_ms ?? null;
      const soon = summary?.status === "open" ? "when full" : "any moment";
      write(
        this.#time,
        "Starts",
        starts === null || starts <= nowMs ? soon : untilText(starts, nowMs),
        `lasts ${clockText(length)}`,
      );
    }
    setProperty(
      this.#time.root,
      "--share",
      running && !over && length > 0 ? (1 - tick / length).toFixed(3) : "0",
    );
    setAttribute(this.#time.root, "data-urgent", running && !over && length - tick <= 600);
    setAttribute(this.#time.root, "data-wordy", !running && !over);
  }

  #updatePhase(match: WatchedMatch, tick: number): void {
    const { rules, detail } = match;
    setAttribute(
      this.#phase.root,
      "data-special",
      !match.isOver && (match.snapshot?.special ?? null) !== null,
    );
    if (match.isOver) {
      write(
        this.#phase,
        "Phase",
        "Over",
        detail?.summary.status === "settled" ? "paid out on chain" : "result goes on chain",
      );
    } else if (rules !== undefined && match.snapshot !== undefined) {
      const phase = phaseAt(rules, tick);
      const kind = match.snapshot.special?.kind;
      const special = kind === undefined ? undefined : SPECIAL[kind];
      write(this.#phase, "Phase", special?.name ?? phase.name, special?.note ?? phase.note);
    } else {
      const open = detail?.summary.status === "open";
      write(
        this.#phase,
        "Phase",
        open ? "Gathering" : "Drawing lots",
        open ? "entries are open" : "the seed is drawn on chain",
      );
    }
  }

  #updateWarriors(match: WatchedMatch): void {
    const warriors = match.snapshot?.warriors;
    const summary = match.detail?.summary;
    if (warriors === undefined) {
      const count = summary?.warriors ?? 0;
      write(
        this.#warriors,
        "Warriors",
        `${count} / ${summary?.warriors_max ?? 0}`,
        `${summary?.players ?? 0} of ${summary?.players_max ?? 0} players`,
      );
      return;
    }
    const alive = warriors.filter((warrior) => warrior.hp > 0);
    const players = new Set(alive.map((warrior) => warrior.owner)).size;
    write(
      this.#warriors,
      "Standing",
      `${alive.length} / ${warriors.length}`,
      `${players} ${players === 1 ? "player" : "players"} left`,
    );
  }

  #updateMoney(match: WatchedMatch): void {
    const { detail, rules } = match;
    if (detail === undefined) return;
    const token = tokenOf(detail.summary);
    const { pot, stake_per_warrior: stake } = detail.summary;
    write(
      this.#pot,
      "Pot",
      moneyText(detail.result?.pot ?? pot, token),
      `${moneyText(stake, token)} a warrior`,
    );
    this.#updatePrize(detail, rules, token);
  }

  #updatePrize(detail: MatchDetail, rules: Rules | undefined, token: Token): void {
    const winner = detail.players.find((player) => player.place === 1);
    if (winner !== undefined && winner.payout !== null) {
      write(this.#prize, "Winner took", moneyText(winner.payout, token), winnerShare(winner.payout, detail));
      return;
    }
    const places = rules?.placeBps.filter((bps) => bps > 0) ?? [];
    const [first] = places;
    if (first === undefined) {
      write(this.#prize, "Winner takes", "–", "");
      return;
    }
    const prize = moneyText(shareOf(detail.summary.pot, first), token);
    if (places.length === 1) write(this.#prize, "Winner takes", prize, `${first / 100} % of the pot`);
    else write(this.#prize, "First prize", prize, `places ${places.map((bps) => bps / 100).join(" / ")} %`);
  }
}

function gauge(name: string): Gauge {
  const caption = element("dt", { class: "caption" });
  const value = element("dd", { class: "gauge-value" });
  const note = element("dd", { class: "gauge-note" });
  return {
    root: element("div", { class: "gauge", "data-gauge": name }, caption, value, note),
    caption,
    value,
    note,
  };
}

function write(target: Gauge, caption: string, value: string, note: string): void {
  setText(target.caption, caption);
  setText(target.value, value);
  setText(target.note, note);
}

/** `95 % of the pot`, from what was really paid. */
function winnerShare(payout: bigint, detail: MatchDetail): string {
  const pot = detail.result?.pot ?? detail.summary.pot;
  return pot === 0n ? "" : `${Number((payout * 10_000n) / pot) / 100} % of the pot`;
}
