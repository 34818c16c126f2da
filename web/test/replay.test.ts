import type { MatchDetail, Snapshot } from "@aurelius/sdk/wire";
import { describe, expect, it } from "vitest";
import { type Playable, Replay } from "../src/replay/replay";

const LAST = 5400;
const FRAME_MS = 1000 / 60;

/** A playback whose ticks are empty arenas, which notes how many ticks it was asked to make. */
class Fake implements Playable {
  tick = 0;
  made = 0;
  readonly lastTick = LAST;
  readonly verdicts = ["green", undefined] as const;
  difference: { what: string; expected: string; found: string } | undefined;

  get ended(): boolean {
    return this.tick >= LAST;
  }

  falls() {
    return [];
  }

  show() {
    const ending = this.ended ? "over" : "running";
    return { snapshot: { tick: this.tick, ending, warriors: [] } as unknown as Snapshot, events: [] };
  }

  step(): boolean {
    if (this.ended) return false;
    this.tick += 1;
    this.made += 1;
    return true;
  }

  seek(target: number, budget = Number.POSITIVE_INFINITY): boolean {
    if (target < this.tick) this.tick = target;
    for (let count = 0; this.tick < target; count += 1) if (count >= budget || !this.step()) return false;
    return true;
  }
}

function opened(): { fake: Fake; replay: Replay; frame: (count?: number) => ReturnType<Replay["advance"]> } {
  const fake = new Fake();
  const detail = {
    summary: { match: "m", status: "settled", tick: LAST },
    rules: [],
    players: [{ slot: 0, payout: 5n, place: 1, refunded: true, claimed_in: "sig" }],
    checkpoints: [],
    result: {},
    deaths: [{ tick: LAST, warrior: 0, slot: 0, by: null }],
  } as unknown as MatchDetail;
  const replay = new Replay(fake, detail, { kind: "file", traced: true });
  let now = 1000;
  const frame = (count = 1) => {
    let shown = replay.advance(now);
    for (let at = 1; at < count; at += 1) {
      now += FRAME_MS;
      shown = replay.advance(now);
    }
    now += FRAME_MS;
    return shown;
  };
  return { fake, replay, frame };
}

describe("a replay", () => {
  it("begins at the beginning, with a picture of its own", () => {
    const { frame } = opened();
    const first = frame();
    expect([first.jumped, first.tick, first.passed.length]).toEqual([true, 0, 1]);
    expect(frame().jumped).toBe(false);
  });

  it.each([0.25, 1, 8])("runs at %d times the speed of the battle", (speed) => {
    const { replay, frame } = opened();
    replay.speed = speed;
    frame(2);
    const from = replay.tick;
    frame(61);
    expect(replay.tick - from).toBeGreaterThan(60 * speed * 0.95);
    expect(replay.tick - from).toBeLessThan(62 * speed * 1.05);
  });

  it("hands over every tick once", () => {
    const { replay, frame } = opened();
    replay.speed = 4;
    frame();
    const ticks: number[] = [];
    for (let count = 0; count < 50; count += 1)
      ticks.push(...frame().passed.map(({ snapshot }) => snapshot.tick));
    expect(ticks.length).toBeGreaterThan(150);
    expect(ticks).toEqual(ticks.map((_, index) => index + 1));
  });

  it("does not catch up with what a hidden tab missed", () => {
    const { replay, frame } = opened();
    frame(2);
    const { tick } = replay;
    replay.advance(1_000_000);
    expect(replay.tick - tick).toBeLessThan(20);
  });

  it("stands still while stopped, and begins again at the end", () => {
    const { replay, frame } = opened();
    frame(3);
    replay.toggle();
    const { tick } = replay;
    frame(30);
    expect(replay.tick).toBe(tick);
    replay.seek(LAST + 99);
    frame(20);
    expect(replay.atEnd).toBe(true);
    replay.toggle();
    frame(2);
    expect(replay.tick).toBeLessThan(5);
    expect(replay.running).toBe(true);
  });

  it("jumps far without holding up a frame", () => {
    const { fake, replay, frame } = opened();
    frame();
    replay.running = false;
    replay.seek(3000);
    let jumped = 0;
    for (let frames = 0; frames < 8; frames += 1) {
      const before = fake.made;
      if (frame().jumped) jumped += 1;
      expect(fake.made - before).toBeLessThanOrEqual(600);
    }
    expect([replay.tick, jumped]).toEqual([3000, 1]);
  });

  it("shows the match as if nobody had been paid, and over only at its end", () => {
    const { replay, frame } = opened();
    frame(3);
    expect(replay.scene.isOver).toBe(false);
    const [player] = replay.scene.detail?.players ?? [];
    expect([player?.payout, player?.place, player?.claimed_in]).toEqual([null, null, null]);
    expect(replay.scene.deaths).toEqual([]);
    replay.seek(LAST);
    frame(12);
    expect(replay.scene.isOver).toBe(true);
    replay.seek(10);
    frame();
    expect(replay.scene.isOver).toBe(false);
  });

  it("says the first difference in words", () => {
    const { fake, replay } = opened();
    fake.difference = { what: "digest", expected: "aa", found: "bb" };
    expect(replay.difference).toBe("digest is bb, the rules give aa");
  });
});
