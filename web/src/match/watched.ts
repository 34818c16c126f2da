/**
 * The match on the stage: what the relay said about it, and what happened in the arena.
 *
 * Owns the merge of the detail with the events that follow it. Invariants: applying an event twice
 * changes nothing the second time; the kill feed is bounded. Absent: drawing, sockets.
 */
import type {
  CheckpointInfo,
  DeathCause,
  MatchDetail,
  MatchEvent,
  PlayerInfo,
  Snapshot,
  Tick,
} from "@aurelius/sdk/wire";
import { parseRules, type Rules } from "./rules";

export interface Death {
  /** None of a warrior that had fallen before anybody here looked. */
  readonly tick: number | undefined;
  readonly victim: number;
  /** Player slots. */
  readonly victimOwner: number;
  /** None when the arena itself killed. */
  readonly attackerOwner: number | undefined;
  /** None where only the fact is known. */
  readonly cause: DeathCause | undefined;
  /** The attacker's eliminations in a row, this one included; 0 without an attacker, or where it is not known. */
  readonly streak: number;
}

/** As many as there can be warriors. */
const DEATHS_MAX = 512;

export class WatchedMatch {
  readonly key: string;
  detail: MatchDetail | undefined;
  rules: Rules | undefined;
  snapshot: Snapshot | undefined;
  /** Newest first. */
  deaths: readonly Death[] = [];
  endedTick: number | undefined;
  /** The tick at which the match waits for the chain. */
  pausedAt: number | undefined;
  /** Why there is nothing to show. */
  problem: string | undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** Takes what the relay knows; what is known better here already stays. */
  setDetail(detail: MatchDetail): void {
    this.detail = this.detail === undefined ? detail : withKnown(detail, this.detail);
    this.problem = undefined;
    this.rules ??= readRules(detail.rules);
    for (const { tick, warrior, slot, by } of detail.deaths)
      this.#addDeath({
        tick,
        victim: warrior,
        victimOwner: slot,
        attackerOwner: by?.[1],
        cause: by === null ? undefined : "combat",
        streak: 0,
      });
  }

  setTick({ snapshot, events }: Tick): void {
    this.snapshot = snapshot;
    if (this.pausedAt !== undefined && snapshot.tick > this.pausedAt) this.pausedAt = undefined;
    if (snapshot.ending !== "running") this.endedTick ??= snapshot.tick;
    for (const event of events) {
      if (event.kind !== "died") continue;
      const kill = events.find((other) => other.kind === "kill" && other.victim === event.warrior);
      const attacker = kill?.kind === "kill" ? snapshot.warriors[kill.attacker]?.owner : undefined;
      const victim = snapshot.warriors[event.warrior]?.owner;
      if (victim === undefined) continue;
      this.#addDeath({
        tick: snapshot.tick,
        victim: event.warrior,
        victimOwner: victim,
        attackerOwner: attacker,
        cause: event.cause,
        streak: kill?.kind === "kill" ? kill.streak : 0,
      });
    }
    this.#addUnseen(snapshot);
  }

  player(slot: number): PlayerInfo | undefined {
    return this.detail?.players.find((player) => player.slot === slot);
  }

  /** Whether the arena stands still. */
  get isOver(): boolean {
    const status = this.detail?.summary.status;
    return this.endedTick !== undefined || status === "proposed" || status === "settled";
  }

  /** Whether the outcome on chain is fully known: decided, and everybody paid. */
  get isComplete(): boolean {
    const { detail } = this;
    if (detail === undefined) return false;
    const { status } = detail.summary;
    if (status !== "settled" && status !== "cancelled" && status !== "voided") return false;
    const decided = detail.players.some((player) => player.payout !== null);
    return (
      decided && detail.players.every((player) => (player.payout ?? 0n) === 0n || player.claimed_in !== null)
    );
  }

  apply(event: MatchEvent): void {
    const detail = this.detail;
    if (detail === undefined) return;
    this.detail = applyEvent(detail, event);
    if (event.kind === "ended") this.endedTick = event.value.tick;
    if (event.kind === "paused") this.pausedAt = event.value.tick;
    if (event.kind === "resumed") this.pausedAt = undefined;
  }

  /** Those who had fallen before the first frame, or in frames that did not come: whoever has no hit points. */
  #addUnseen(snapshot: Snapshot): void {
    const known = new Set(this.deaths.map(({ victim }) => victim));
    const unseen = snapshot.warriors.flatMap(({ hp, owner }, victim) =>
      hp > 0 || known.has(victim) ? [] : [{ victim, victimOwner: owner }],
    );
    if (unseen.length === 0) return;
    const unknown = { tick: undefined, attackerOwner: undefined, cause: undefined, streak: 0 };
    // They fell before what was seen: the feed has the newest first.
    this.deaths = [...this.deaths, ...unseen.map((death) => ({ ...unknown, ...death }))];
  }

  #addDeath(death: Death): void {
    if (this.deaths.some((known) => known.victim === death.victim)) return;
    this.deaths = [death, ...this.deaths].slice(0, DEATHS_MAX);
  }
}

/** The rules, where the relay still has them: a table this page cannot read is no reason to show nothing. */
function readRules(table: readonly number[]): Rules | undefined {
  try {
    return parseRules(table);
  } catch (error) {
    if (table.length > 0)
      console.info(`aurelius: ${error instanceof Error ? error.message : "unreadable rules"}`);
    return undefined;
  }
}

/**
 * `next`, completed with what `known` has and it lacks: an answer may have been written before an
 * event that arrived earlier.
 */
function withKnown(next: MatchDetail, known: MatchDetail): MatchDetail {
  const players = next.players.map((player) => {
    const before = known.players.find(
      (other) => other.slot === player.slot && other.wallet === player.wallet,
    );
    if (before === undefined) return player;
    return {
      ...player,
      payout: player.payout ?? before.payout,
      place: player.place ?? before.place,
      claimed_in: player.claimed_in ?? before.claimed_in,
    };
  });
  const checkpoints = known.checkpoints.reduce(mergeCheckpoint, next.checkpoints);
  return { ...next, players, checkpoints, result: next.result ?? known.result };
}

/** The detail after an event. */
export function applyEvent(detail: MatchDetail, event: MatchEvent): MatchDetail {
  switch (event.kind) {
    case "status":
      return applyStatus(detail, event.value.status, event.value.signature);
    case "entered":
      return withPlayers(
        detail,
        upsert(detail.players, event.value, (player) => player.slot),
      );
    case "left":
      return withPlayers(
        detail,
        detail.players.filter((player) => player.slot !== event.value.slot),
      );
    case "started":
      return {
        ...detail,
        seed: event.value.seed,
        genesis_leaf: event.value.genesis_leaf,
        summary: { ...detail.summary, starts_at_ms: event.value.starts_at_ms },
      };
    case "checkpoint":
      return { ...detail, checkpoints: mergeCheckpoint(detail.checkpoints, event.value) };
    case "ended":
      return { ...detail, summary: { ...detail.summary, tick: event.value.tick } };
    case "result":
      return { ...detail, result: event.value };
    // The match that is watched keeps that itself.
    case "paused":
    case "resumed":
      return detail;
    case "paid": {
      const { slot, amount, refund, signature } = event.value;
      return {
        ...detail,
        players: detail.players.map((player) =>
          player.slot === slot
            ? { ...player, payout: amount, refunded: refund, claimed_in: signature }
            : player,
        ),
      };
    }
  }
}

function applyStatus(
  detail: MatchDetail,
  status: MatchDetail["summary"]["status"],
  signature: string | null,
): MatchDetail {
  const changed: MatchDetail = { ...detail, summary: { ...detail.summary, status } };
  if (signature === null) return changed;
  if (status === "locked") return { ...changed, locked_in: signature };
  if (status === "live") return { ...changed, started_in: signature };
  return changed;
}

/** Players and the sums that depend on them. */
function withPlayers(detail: MatchDetail, players: readonly PlayerInfo[]): MatchDetail {
  return {
    ...detail,
    players,
    summary: {
      ...detail.summary,
      players: players.length,
      warriors: players.reduce((sum, player) => sum + player.warriors, 0),
      pot: players.reduce((sum, player) => sum + player.paid, 0n),
    },
  };
}

/** A landed checkpoint is not forgotten when an older message about it arrives late. */
function mergeCheckpoint(known: readonly CheckpointInfo[], next: CheckpointInfo): readonly CheckpointInfo[] {
  const before = known.find((checkpoint) => checkpoint.index === next.index);
  if (before !== undefined && before.posted_in !== null && next.posted_in === null) return known;
  return upsert(known, next, (checkpoint) => checkpoint.index);
}

/** `items` with `next` in the place of the one with the same key, or sorted in. */
function upsert<T>(items: readonly T[], next: T, keyOf: (item: T) => number): readonly T[] {
  return [...items.filter((item) => keyOf(item) !== keyOf(next)), next].sort((a, b) => keyOf(a) - keyOf(b));
}
