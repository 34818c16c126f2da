import { describe, expect, it } from "vitest";
import { featured } from "../src/match/featured";
import type {
  MatchDetail,
  MatchStatus,
  MatchSummary,
  PlayerInfo,
  Snapshot,
  Tick,
  TickEvent,
  Warrior,
} from "@aurelius/sdk/wire";
import { standings } from "../src/match/standings";
import { Timeline } from "../src/match/timeline";
import { applyEvent, WatchedMatch } from "../src/match/watched";
import type { Live } from "../src/live/live";
import { ribbonText } from "../src/view/notices";

const KEY = "11111111111111111111111111111111";
const SIGNED = "1".repeat(64);

function summary(match: string, status: MatchStatus): MatchSummary {
  return {
    match,
    match_id: 1,
    mode: "blitz",
    status,
    mint: KEY,
    decimals: 6,
    symbol: "AUR",
    stake_per_warrior: 5n,
    players: 0,
    players_max: 8,
    warriors: 0,
    warriors_max: 20,
    pot: 0n,
    tick: 0,
    length_ticks: 5400,
    created_at_ms: 0,
    starts_at_ms: null,
  };
}

function player(slot: number, warriors: number): PlayerInfo {
  return {
    slot,
    wallet: KEY,
    session: KEY,
    warriors,
    first_warrior: 0,
    late: false,
    paid: 5n * BigInt(warriors),
    payout: null,
    refunded: false,
    place: null,
    entered_in: null,
    claimed_in: null,
  };
}

function detail(players: readonly PlayerInfo[] = []): MatchDetail {
  return {
    summary: summary(KEY, "live"),
    operator: KEY,
    rules_hash: "",
    rules: [1, ...Array<number>(95).fill(0)],
    drip_root: "",
    seed: null,
    genesis_leaf: null,
    players,
    checkpoints: [],
    result: null,
    created_in: null,
    locked_in: null,
    started_in: null,
    deaths: [],
  };
}

function warrior(owner: number, hp: number, kills = 0): Warrior {
  return { owner, hp, x: 1, y: 1, heading: 0, effect: "none", kills, streak: 0 };
}

function tick(number: number, warriors: readonly Warrior[] = [], events: readonly TickEvent[] = []): Tick {
  const snapshot: Snapshot = {
    tick: number,
    mode: "blitz",
    ending: "running",
    side: 32,
    zone: 1,
    special: null,
    capacity: 20,
    warriors,
    powerUps: [],
  };
  return { snapshot, events };
}

describe("standings", () => {
  it("rank the living before the dead, then by hit points, eliminations and slot", () => {
    const { snapshot } = tick(9, [
      warrior(0, 0, 9),
      warrior(1, 30),
      warrior(1, 30),
      warrior(2, 60, 1),
      warrior(3, 80),
      warrior(4, 60, 1),
    ]);
    const order = standings(
      [0, 1, 2, 3, 4].map((slot) => player(slot, 1)),
      snapshot,
    );
    expect(order.map((line) => line.player.slot)).toEqual([3, 2, 4, 1, 0]);
    expect(order[3]).toMatchObject({ alive: 2, entered: 2, hp: 60, kills: 0 });
  });

  it("stand in slot order before the battle", () => {
    expect(standings([player(2, 1), player(0, 1)], undefined).map((line) => line.player.slot)).toEqual([
      0, 2,
    ]);
  });
});

describe("events of a match", () => {
  it("keep players and the pot in step", () => {
    let known = applyEvent(detail(), { kind: "entered", value: player(3, 2) });
    known = applyEvent(known, { kind: "entered", value: player(1, 1) });
    known = applyEvent(known, { kind: "entered", value: player(1, 1) });
    expect(known.players.map(({ slot }) => slot)).toEqual([1, 3]);
    expect(known.summary).toMatchObject({ players: 2, warriors: 3, pot: 15n });
    known = applyEvent(known, { kind: "left", value: { slot: 3, wallet: KEY } });
    expect(known.summary).toMatchObject({ players: 1, warriors: 1, pot: 5n });
  });

  it("do not let a late message undo a landed checkpoint", () => {
    const pending = { index: 0, tick: 120, digest: "d", leaf: "l", posted_in: null, slot: null };
    let known = applyEvent(detail(), {
      kind: "checkpoint",
      value: { ...pending, posted_in: SIGNED, slot: 7 },
    });
    known = applyEvent(known, { kind: "checkpoint", value: pending });
    expect(known.checkpoints).toEqual([{ ...pending, posted_in: SIGNED, slot: 7 }]);
  });

  it("record payouts with their transactions", () => {
    const paid = { slot: 0, amount: 19n, refund: false, signature: SIGNED };
    const known = applyEvent(detail([player(0, 1), player(1, 1)]), { kind: "paid", value: paid });
    expect(known.players[0]).toMatchObject({ payout: 19n, claimed_in: SIGNED });
    expect(known.players[1]).toMatchObject({ payout: null, claimed_in: null });
  });

  it("remember where a match was locked and started", () => {
    const known = applyEvent(detail(), { kind: "status", value: { status: "locked", signature: SIGNED } });
    expect(known.locked_in).toBe(SIGNED);
    expect(known.summary.status).toBe("locked");
  });
});

describe("a watched match", () => {
  it("notes who killed whom, once", () => {
    const match = new WatchedMatch(KEY);
    const events: TickEvent[] = [
      { kind: "kill", attacker: 0, victim: 1, streak: 3 },
      { kind: "died", warrior: 1, cause: "combat" },
      { kind: "died", warrior: 2, cause: "zone" },
    ];
    const step = tick(60, [warrior(4, 50), warrior(5, 0), warrior(6, 0)], events);
    match.setTick(step);
    match.setTick(step);
    expect(match.deaths).toEqual([
      { tick: 60, victim: 2, victimOwner: 6, attackerOwner: undefined, cause: "zone", streak: 0 },
      { tick: 60, victim: 1, victimOwner: 5, attackerOwner: 4, cause: "combat", streak: 3 },
    ]);
  });

  it("report_59: lists everybody who had fallen before the first frame, or in frames that were lost", () => {
    const match = new WatchedMatch(KEY);
    match.setTick(tick(600, [warrior(4, 50), warrior(5, 0), warrior(6, 0), warrior(7, 9)], []));
    match.setTick(
      tick(
        660,
        [warrior(4, 50), warrior(5, 0), warrior(6, 0), warrior(7, 0)],
        [{ kind: "died", warrior: 3, cause: "zone" }],
      ),
    );
    const unseen = { tick: undefined, attackerOwner: undefined, cause: undefined, streak: 0 };
    expect(match.deaths).toEqual([
      { tick: 660, victim: 3, victimOwner: 7, attackerOwner: undefined, cause: "zone", streak: 0 },
      { ...unseen, victim: 1, victimOwner: 5 },
      { ...unseen, victim: 2, victimOwner: 6 },
    ]);
  });

  it("lists the fallen of a match that is over as the relay kept them", () => {
    const match = new WatchedMatch(KEY);
    const deaths = [
      { tick: 70, warrior: 2, slot: 1, by: null },
      { tick: 90, warrior: 1, slot: 0, by: [3, 1] as const },
    ];
    match.setDetail({ ...detail([player(0, 1)]), deaths });
    expect(match.deaths).toEqual([
      { tick: 90, victim: 1, victimOwner: 0, attackerOwner: 1, cause: "combat", streak: 0 },
      { tick: 70, victim: 2, victimOwner: 1, attackerOwner: undefined, cause: undefined, streak: 0 },
    ]);
  });

  it("says while it waits for the chain, until a frame or a word says otherwise", () => {
    const match = new WatchedMatch(KEY);
    match.setDetail(detail([player(0, 1)]));
    const shown = () =>
      ribbonText({ watched: match, link: { kind: "online" }, silent: true } as unknown as Live);
    match.setTick(tick(119, [warrior(4, 50)], []));
    expect(shown()).toContain("No news");
    match.apply({ kind: "paused", value: { tick: 120 } });
    expect(shown()).toContain("The chain stands still");
    match.setTick(tick(120, [warrior(4, 50)], []));
    expect(match.pausedAt).toBe(120);
    match.apply({ kind: "resumed", value: { tick: 120 } });
    expect(match.pausedAt).toBeUndefined();
    match.apply({ kind: "paused", value: { tick: 240 } });
    match.setTick(tick(241, [warrior(4, 50)], []));
    expect(match.pausedAt).toBeUndefined();
  });

  it("keeps what an older answer does not know yet", () => {
    const match = new WatchedMatch(KEY);
    match.setDetail(detail([player(0, 1)]));
    match.apply({ kind: "paid", value: { slot: 0, amount: 5n, refund: false, signature: SIGNED } });
    match.setDetail(detail([{ ...player(0, 1), place: 1 }]));
    expect(match.detail?.players[0]).toMatchObject({ place: 1, payout: 5n, claimed_in: SIGNED });
  });

  it("is complete when settled and everybody who is owed is paid", () => {
    const match = new WatchedMatch(KEY);
    match.setDetail(
      detail([
        { ...player(0, 1), payout: 5n },
        { ...player(1, 1), payout: 0n },
      ]),
    );
    match.apply({ kind: "status", value: { status: "settled", signature: SIGNED } });
    expect(match.isComplete).toBe(false);
    match.apply({ kind: "paid", value: { slot: 0, amount: 5n, refund: false, signature: SIGNED } });
    expect(match.isComplete).toBe(true);
  });
});

describe("the featured match", () => {
  const list = [summary("open", "open"), summary("live", "live"), summary("old", "settled")];

  it("is a battle before anything else", () => {
    expect(featured(list, undefined, 0)).toBe("live");
    expect(
      featured(
        list.filter((line) => line.status !== "live"),
        undefined,
        0,
      ),
    ).toBe("open");
    expect(featured([summary("old", "settled")], undefined, 0)).toBe("old");
    expect(featured([], undefined, 0)).toBeUndefined();
  });

  it("stays with a running battle and holds a result for a while", () => {
    const two = [summary("newer", "live"), ...list];
    expect(featured(two, { match: "live", overSinceMs: undefined }, 0)).toBe("live");
    expect(featured(two, { match: "old", overSinceMs: 1_000 }, 20_000)).toBe("old");
    expect(featured(two, { match: "old", overSinceMs: 1_000 }, 22_000)).toBe("newer");
    expect(
      featured(
        [summary("open", "open"), summary("old", "settled")],
        { match: "old", overSinceMs: 1_000 },
        99_000,
      ),
    ).toBe("old");
  });
});

describe("the timeline", () => {
  const TICK_MS = 1000 / 60;

  it("plays ticks in order, a little late, at an even pace", () => {
    const timeline = new Timeline();
    const shown: number[] = [];
    let previous = -1;
    for (let frame = 0; frame < 600; frame += 1) {
      const now = frame * TICK_MS;
      // Bundles of three every 50 ms, every tenth one 60 ms late.
      if (frame % 3 === 0) {
        const late = frame % 30 === 0 ? 60 : 0;
        for (const number of [frame + 1, frame + 2, frame + 3]) timeline.push(tick(number), now + 50 + late);
      }
      const { tick: at, passed } = timeline.advance(now + 50);
      expect(at).toBeGreaterThanOrEqual(previous);
      previous = at;
      shown.push(...passed.map((step) => step.snapshot.tick));
    }
    expect(shown).toEqual(Array.from(shown, (_, index) => index + 1));
    expect(600 - previous).toBeLessThan(15);
  });

  it("catches up after a pause and stays bounded", () => {
    const timeline = new Timeline();
    timeline.push(tick(1), 0);
    timeline.advance(0);
    for (let number = 2; number <= 2000; number += 1) timeline.push(tick(number), number * TICK_MS);
    const { tick: at, passed } = timeline.advance(2000 * TICK_MS);
    expect(at).toBeGreaterThan(1900);
    expect(passed.length).toBeLessThanOrEqual(240);
  });

  it("ignores ticks it has seen and starts anew after a reset", () => {
    const timeline = new Timeline();
    timeline.push(tick(50), 0);
    timeline.push(tick(50), 1);
    timeline.push(tick(49), 2);
    expect(timeline.advance(500).passed.map((step) => step.snapshot.tick)).toEqual([50]);
    timeline.reset();
    timeline.push(tick(3), 600);
    expect(timeline.advance(601)).toMatchObject({ tick: 3 });
  });
});
