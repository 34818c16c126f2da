import type { Snapshot, Tick, TickEvent, Warrior } from "@aurelius/sdk/wire";
import { describe, expect, it } from "vitest";
import { cuesOf } from "../src/feedback/cues";
import { Feedback } from "../src/feedback/feedback";
import { Rumble, type RumbleMeans } from "../src/feedback/rumble";
import { Sounds } from "../src/feedback/sounds";

const warrior = (hp: number): Warrior => ({
  owner: 0,
  hp,
  x: 1,
  y: 1,
  heading: 0,
  effect: "none",
  kills: 0,
  streak: 0,
});

function snapshot(tick: number, change: Partial<Snapshot> = {}): Snapshot {
  return {
    tick,
    mode: "blitz",
    ending: "running",
    side: 32,
    zone: 1,
    special: null,
    capacity: 4,
    warriors: [warrior(100), warrior(100), warrior(100), warrior(100)],
    powerUps: [],
    ...change,
  };
}

const tickOf = (at: Snapshot, ...events: TickEvent[]): Tick => ({ snapshot: at, events });

describe("cues", () => {
  const before = snapshot(99);
  const own = [0, 1];
  const cues = (events: TickEvent[], change: Partial<Snapshot> = {}, mine: readonly number[] = own) =>
    cuesOf(before, tickOf(snapshot(100, change), ...events), mine);

  it.each<[string, TickEvent, string]>([
    ["one's own blow", { kind: "hit", attacker: 0, target: 2, damage: 5 }, "hit"],
    ["a blow on one's own", { kind: "hit", attacker: 2, target: 1, damage: 5 }, "wound"],
    ["others' blows", { kind: "hit", attacker: 2, target: 3, damage: 5 }, "clash"],
    ["one's own kill", { kind: "kill", attacker: 1, victim: 3, streak: 1 }, "kill"],
    ["one's own death", { kind: "died", warrior: 0, cause: "zone" }, "fallen"],
    ["another's death", { kind: "died", warrior: 3, cause: "zone" }, "death"],
    ["one's own pick-up", { kind: "pickup", warrior: 0, power: "rage" }, "pickup"],
  ])("tell of %s", (_, event, cue) => expect(cues([event])).toEqual([cue]));

  it("say nothing of others' pick-ups and kills", () => {
    expect(
      cues([
        { kind: "pickup", warrior: 2, power: "heal" },
        { kind: "kill", attacker: 2, victim: 3, streak: 1 },
      ]),
    ).toEqual([]);
  });

  it("stand once a tick, the most important first", () => {
    const blow: TickEvent = { kind: "hit", attacker: 2, target: 0, damage: 5 };
    expect(cues([blow, blow, { kind: "died", warrior: 0, cause: "combat" }])).toEqual(["fallen", "wound"]);
  });

  it("tell of the arena", () => {
    expect(cues([], { zone: 2 })).toEqual(["zone"]);
    expect(cues([], { special: { kind: "haste", until: 400 } })).toEqual(["special"]);
    const on = snapshot(99, { special: { kind: "haste", until: 400 } });
    expect(cuesOf(on, tickOf(snapshot(100, { special: { kind: "haste", until: 400 } })), own)).toEqual([]);
    expect(cuesOf(snapshot(0), tickOf(snapshot(1)), own)).toEqual(["begin"]);
  });

  it("tell winners, losers and watchers apart at the end", () => {
    const end: TickEvent = { kind: "ended", reason: "last_player" };
    const dead = { warriors: [warrior(0), warrior(0), warrior(9), warrior(0)] };
    expect(cues([end])).toEqual(["won"]);
    expect(cues([end], dead)).toEqual(["lost"]);
    expect(cues([end], dead, [])).toEqual(["over"]);
  });
});

/** An audio context that notes what is started; nothing sounds in it. */
class FakeAudio {
  state: AudioContextState = "suspended";
  currentTime = 0;
  readonly sampleRate = 8000;
  readonly destination = {};
  started = 0;
  readonly sources: { onended: (() => void) | null }[] = [];

  async resume(): Promise<void> {
    this.state = "running";
  }

  async suspend(): Promise<void> {
    this.state = "suspended";
  }

  createBuffer(_channels: number, length: number) {
    return { getChannelData: () => new Float32Array(length) };
  }

  createGain() {
    return { gain: param(), connect() {}, disconnect() {} };
  }

  createBiquadFilter() {
    return { type: "", frequency: param(), connect() {} };
  }

  createOscillator() {
    return this.#source({ type: "", frequency: param() });
  }

  createBufferSource() {
    return this.#source({ buffer: null, loop: false });
  }

  #source<T extends object>(rest: T) {
    const source = {
      ...rest,
      onended: null,
      connect() {},
      start: () => {
        this.started += 1;
      },
      stop() {},
    };
    this.sources.push(source);
    return source;
  }
}

function param() {
  const check = (value: number) => {
    if (!(value > 0)) throw new RangeError(`an exponential ramp cannot reach ${value}`);
  };
  return { setValueAtTime: check, exponentialRampToValueAtTime: check };
}

function sounds(): { audio: FakeAudio; made: () => number; sounds: Sounds } {
  const audio = new FakeAudio();
  let made = 0;
  const make = () => {
    made += 1;
    return audio as unknown as AudioContext;
  };
  return { audio, made: () => made, sounds: new Sounds(make) };
}

describe("sounds", () => {
  it("are off until chosen, gestures or not", () => {
    const { audio, made, sounds: off } = sounds();
    off.gesture();
    off.play("kill", 0);
    expect([made(), audio.started]).toEqual([0, 0]);
  });

  it("wait for a gesture after the choice", async () => {
    const { audio, made, sounds: on } = sounds();
    on.set(true);
    on.play("kill", 0);
    expect([made(), audio.started]).toEqual([0, 0]);
    on.gesture();
    await Promise.resolve();
    on.play("kill", 0);
    expect(made()).toBe(1);
    expect(audio.started).toBeGreaterThan(0);
  });

  it("fall silent at once, and come back", async () => {
    const { audio, made, sounds: on } = sounds();
    on.set(true);
    on.gesture();
    await Promise.resolve();
    on.set(false);
    await Promise.resolve();
    on.play("wound", 0);
    expect(audio.started).toBe(0);
    on.set(true);
    on.gesture();
    await Promise.resolve();
    on.play("wound", 1000);
    expect([audio.started, made()]).toEqual([1, 1]);
  });

  it("do not pile up: a cue rests after itself, and voices are counted", async () => {
    const { audio, sounds: on } = sounds();
    on.set(true);
    on.gesture();
    await Promise.resolve();
    for (let at = 0; at < 50; at += 1) on.play("wound", at);
    expect(audio.started).toBe(1);
    for (let at = 0; at < 50; at += 1) on.play("wound", 100 * (at + 1));
    expect(audio.started).toBe(10);
    for (const source of audio.sources) source.onended?.();
    on.play("wound", 99_999);
    expect(audio.started).toBe(11);
  });

  it("can be made for every cue", async () => {
    const { audio, sounds: on } = sounds();
    on.set(true);
    on.gesture();
    await Promise.resolve();
    const all = ["begin", "fallen", "kill", "wound", "hit", "pickup", "death", "clash", "special"] as const;
    for (const cue of [...all, "zone", "won", "lost", "over"] as const) {
      const before = audio.started;
      on.play(cue, 0);
      expect(audio.started, cue).toBeGreaterThan(before);
      for (const source of audio.sources) source.onended?.();
      audio.sources.length = 0;
    }
  });
});

describe("vibration", () => {
  function pad(effects: string[], connected = true) {
    const vibrationActuator = {
      playEffect: (kind: string) => {
        effects.push(kind);
        return Promise.resolve("complete" as const);
      },
    };
    return { connected, vibrationActuator } as unknown as Gamepad;
  }

  it("goes to the phone and to every gamepad that is there", () => {
    const felt: number[][] = [];
    const effects: string[] = [];
    const means: RumbleMeans = {
      vibrate: (pattern) => felt.push(pattern) > 0,
      getGamepads: () => [null, pad(effects), pad(effects, false)],
    };
    const rumble = new Rumble(means);
    rumble.play("fallen");
    rumble.play("clash");
    expect(felt.length).toBe(1);
    expect(effects).toEqual(["dual-rumble"]);
  });

  it("is not possible where nothing can vibrate", () => {
    expect(new Rumble({}).possible).toBe(false);
    expect(new Rumble({ getGamepads: () => [null] }).possible).toBe(false);
    expect(new Rumble({ getGamepads: () => [pad([])] }).possible).toBe(true);
    new Rumble({}).play("fallen");
  });
});

describe("choices", () => {
  function shelf(kept?: string) {
    const items = new Map(kept === undefined ? [] : [["aurelius:feedback", kept]]);
    return {
      items,
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => void items.set(name, value),
    };
  }
  const felt: number[][] = [];
  const rumble = () => new Rumble({ vibrate: (pattern) => felt.push(pattern) > 0 });

  it("are silence, and vibration unless less motion was asked for", () => {
    const of = (calm: boolean) => new Feedback(shelf(), sounds().sounds, rumble(), calm).choices.value;
    expect(of(false)).toEqual({ sound: false, vibration: true });
    expect(of(true)).toEqual({ sound: false, vibration: false });
  });

  it("are remembered, and nonsense is not", () => {
    const kept = shelf();
    new Feedback(kept, sounds().sounds, rumble()).choose({ sound: true, vibration: false });
    const again = new Feedback(kept, sounds().sounds, rumble());
    expect(again.choices.value).toEqual({ sound: true, vibration: false });
    for (const nonsense of ["{", "7", '{"sound":"loud"}'])
      expect(new Feedback(shelf(nonsense), sounds().sounds, rumble()).choices.value.sound).toBe(false);
  });

  it("hold although nothing can be kept", () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new Error("quota");
      },
    };
    const feedback = new Feedback(full, sounds().sounds, rumble());
    feedback.choose({ sound: true });
    expect(feedback.choices.value.sound).toBe(true);
  });

  it("decide what is felt, and a jump is not", () => {
    const feedback = new Feedback(shelf(), sounds().sounds, rumble());
    const wound: TickEvent = { kind: "hit", attacker: 2, target: 0, damage: 5 };
    const show = (tick: number, own: readonly number[] = [0]) =>
      feedback.shown(tickOf(snapshot(tick), wound), own, tick);
    felt.length = 0;
    show(10);
    show(11);
    expect(felt.length).toBe(2);
    show(500);
    show(501, []);
    expect(felt.length).toBe(2);
    feedback.choose({ vibration: false });
    show(502);
    expect(felt.length).toBe(2);
  });
});
