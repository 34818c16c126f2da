/** The numbers over the arena: time, phase, money, warriors. */
import type { MatchDetail, SpecialKind } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { moneyText, shareOf, type Token } from "../format/money";
import { clockText, untilText } from "../format/time";
import { phaseAt, type Rules } from "../match/rules";
import { tokenOf } from "../match/token";
import type { WatchedMatch } from "../match/watched";

/** Special events in words (docs/RULES.md). */
export const SPECIAL: Record<SpecialKind, { readonly name: string; readonly note: string }> = {
  frenzy: { name: "Frenzy", note: "every blow hits harder" },
  calm: { name: "Calm", note: "nobody bleeds for a while" },
  haste: { name: "Haste", note: "everyone moves fast" },
};
/** The last ten seconds are marked. */
const URGENT_TICKS = 600;

interface Gauge {
  readonly name: string;
  readonly caption: string;
  readonly value: string;
  readonly note: string;
  readonly share?: string;
  readonly urgent?: boolean;
  readonly wordy?: boolean;
  readonly special?: boolean;
}

interface HudProps {
  readonly match: WatchedMatch;
  /** The tick on screen. */
  readonly tick: number;
  /** Unix time, milliseconds. */
  readonly nowMs: number;
}

export function Hud({ match, tick, nowMs }: HudProps): JSX.Element {
  const gauges = [
    timeGauge(match, tick, nowMs),
    phaseGauge(match, tick),
    warriorGauge(match),
    ...moneyGauges(match),
  ];
  return (
    <dl class="hud">
      {gauges.map((gauge) => (
        <div
          key={gauge.name}
          class="gauge"
          data-gauge={gauge.name}
          data-urgent={gauge.urgent || undefined}
          data-wordy={gauge.wordy || undefined}
          data-special={gauge.special || undefined}
          style={{ "--share": gauge.share ?? "0" }}
        >
          <dt class="caption">{gauge.caption}</dt>
          <dd class="gauge-value">{gauge.value}</dd>
          <dd class="gauge-note">{gauge.note}</dd>
        </div>
      ))}
    </dl>
  );
}

function timeGauge(match: WatchedMatch, tick: number, nowMs: number): Gauge {
  const summary = match.detail?.summary;
  const length = match.rules?.lengthTicks ?? summary?.length_ticks ?? 0;
  const name = "time";
  if (match.isOver) {
    const ended = match.endedTick ?? summary?.tick ?? tick;
    return { name, caption: "Fought for", value: clockText(ended), note: `of ${clockText(length)}` };
  }
  if (match.snapshot !== undefined) {
    return {
      name,
      caption: "Remaining",
      value: clockText(length - tick),
      note: `of ${clockText(length)}`,
      share: length > 0 ? (1 - tick / length).toFixed(3) : "0",
      urgent: length - tick <= URGENT_TICKS,
    };
  }
  const starts = summary?.starts_at_ms ?? null;
  const soon = summary?.status === "open" ? "when full" : "any moment";
  const value = starts === null || starts <= nowMs ? soon : untilText(starts, nowMs);
  return { name, caption: "Starts", value, note: `lasts ${clockText(length)}`, wordy: true };
}

function phaseGauge(match: WatchedMatch, tick: number): Gauge {
  const base = { name: "phase", caption: "Phase" };
  const { rules, detail, snapshot } = match;
  if (match.isOver) {
    const note = detail?.summary.status === "settled" ? "paid out on chain" : "result goes on chain";
    return { ...base, value: "Over", note };
  }
  if (rules !== undefined && snapshot !== undefined) {
    const phase = phaseAt(rules, tick);
    const special = snapshot.special === null ? undefined : SPECIAL[snapshot.special.kind];
    return {
      ...base,
      value: special?.name ?? phase.name,
      note: special?.note ?? phase.note,
      special: special !== undefined,
    };
  }
  return detail?.summary.status === "open"
    ? { ...base, value: "Gathering", note: "entries are open" }
    : { ...base, value: "Drawing lots", note: "the seed is drawn on chain" };
}

function warriorGauge({ snapshot, detail }: WatchedMatch): Gauge {
  const name = "warriors";
  if (snapshot === undefined) {
    const {
      warriors = 0,
      warriors_max: max = 0,
      players = 0,
      players_max: seats = 0,
    } = detail?.summary ?? {};
    return {
      name,
      caption: "Warriors",
      value: `${warriors} / ${max}`,
      note: `${players} of ${seats} players`,
    };
  }
  const alive = snapshot.warriors.filter((warrior) => warrior.hp > 0);
  const players = new Set(alive.map((warrior) => warrior.owner)).size;
  return {
    name,
    caption: "Standing",
    value: `${alive.length} / ${snapshot.warriors.length}`,
    note: `${players} ${players === 1 ? "player" : "players"} left`,
  };
}

function moneyGauges({ detail, rules }: WatchedMatch): Gauge[] {
  if (detail === undefined) return [];
  const token = tokenOf(detail.summary);
  const pot = detail.result?.pot ?? detail.summary.pot;
  const stake = `${moneyText(detail.summary.stake_per_warrior, token)} a warrior`;
  return [
    { name: "pot", caption: "Pot", value: moneyText(pot, token), note: stake },
    { name: "prize", ...prize(detail, rules, token) },
  ];
}

function prize(
  detail: MatchDetail,
  rules: Rules | undefined,
  token: Token,
): { readonly caption: string; readonly value: string; readonly note: string } {
  const winner = detail.players.find((player) => player.place === 1);
  if (winner !== undefined && winner.payout !== null) {
    const pot = detail.result?.pot ?? detail.summary.pot;
    const share = pot === 0n ? "" : `${Number((winner.payout * 1000n) / pot) / 10} % of the pot`;
    return { caption: "Winner took", value: moneyText(winner.payout, token), note: share };
  }
  const places = rules?.placeBps.filter((bps) => bps > 0) ?? [];
  const [first] = places;
  if (first === undefined) return { caption: "Winner takes", value: "–", note: "" };
  const value = moneyText(shareOf(detail.summary.pot, first), token);
  return places.length === 1
    ? { caption: "Winner takes", value, note: `${first / 100} % of the pot` }
    : { caption: "First prize", value, note: `places ${places.map((bps) => bps / 100).join(" / ")} %` };
}
