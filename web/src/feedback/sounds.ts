/**
 * Sounds, made here: no files.
 *
 * Off until somebody chooses them. Invariants: browsers let nothing sound before a gesture, so the audio context is
 * made at the first one after the choice; a cue sounds at most once in `APART_MS`; at most `VOICES_MAX` sound at once.
 */
import type { Cue } from "./cues";

interface Voice {
  /** A swept tone, or noise through a swept filter. */
  readonly wave: OscillatorType | "noise";
  /** Hertz at its beginning and at its end. */
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
  /** 0–1. */
  readonly loudness: number;
  /** Seconds after the cue. */
  readonly after?: number;
}

const VOICES: Readonly<Record<Cue, readonly Voice[]>> = {
  begin: [
    { wave: "sawtooth", from: 196, to: 196, seconds: 0.35, loudness: 0.16 },
    { wave: "sawtooth", from: 294, to: 294, seconds: 0.6, loudness: 0.16, after: 0.22 },
  ],
  fallen: [
    { wave: "sine", from: 190, to: 48, seconds: 0.6, loudness: 0.5 },
    { wave: "noise", from: 900, to: 120, seconds: 0.4, loudness: 0.25 },
  ],
  kill: [
    { wave: "triangle", from: 520, to: 520, seconds: 0.09, loudness: 0.3 },
    { wave: "triangle", from: 780, to: 780, seconds: 0.2, loudness: 0.3, after: 0.08 },
  ],
  wound: [{ wave: "noise", from: 700, to: 220, seconds: 0.12, loudness: 0.32 }],
  hit: [{ wave: "noise", from: 3200, to: 1500, seconds: 0.07, loudness: 0.2 }],
  pickup: [{ wave: "sine", from: 620, to: 1240, seconds: 0.16, loudness: 0.22 }],
  death: [{ wave: "sine", from: 130, to: 55, seconds: 0.3, loudness: 0.16 }],
  clash: [{ wave: "noise", from: 2600, to: 1800, seconds: 0.04, loudness: 0.04 }],
  special: [
    { wave: "triangle", from: 440, to: 660, seconds: 0.3, loudness: 0.2 },
    { wave: "triangle", from: 660, to: 880, seconds: 0.3, loudness: 0.16, after: 0.14 },
  ],
  zone: [{ wave: "sawtooth", from: 82, to: 70, seconds: 0.5, loudness: 0.12 }],
  won: [
    { wave: "triangle", from: 392, to: 392, seconds: 0.2, loudness: 0.26 },
    { wave: "triangle", from: 494, to: 494, seconds: 0.2, loudness: 0.26, after: 0.16 },
    { wave: "triangle", from: 587, to: 587, seconds: 0.6, loudness: 0.26, after: 0.32 },
  ],
  lost: [{ wave: "sine", from: 220, to: 110, seconds: 0.9, loudness: 0.26 }],
  over: [{ wave: "sawtooth", from: 196, to: 147, seconds: 0.7, loudness: 0.14 }],
};
const APART_MS = 70;
const VOICES_MAX = 10;
/** How quickly a sound begins, seconds: at once would click. */
const ATTACK_S = 0.006;
const NOISE_S = 0.5;

export class Sounds {
  readonly #make: () => AudioContext;
  #context: AudioContext | undefined;
  #noise: AudioBuffer | undefined;
  #on = false;
  #sounding = 0;
  readonly #lastMs = new Map<Cue, number>();

  /** `make` is called at the first gesture after the choice. */
  constructor(make: () => AudioContext = () => new AudioContext()) {
    this.#make = make;
  }

  get on(): boolean {
    return this.#on;
  }

  /** Chooses sound or silence. */
  set(on: boolean): void {
    this.#on = on;
    if (!on) void this.#context?.suspend();
  }

  /** A gesture of the person: from now on the browser lets sounds out. */
  gesture(): void {
    if (!this.#on) return;
    this.#context ??= this.#make();
    if (this.#context.state === "suspended") void this.#context.resume();
  }

  /** Plays a cue; `nowMs` is any clock of milliseconds. */
  play(cue: Cue, nowMs: number): void {
    const context = this.#context;
    if (!this.#on || context?.state !== "running") return;
    if (nowMs - (this.#lastMs.get(cue) ?? Number.NEGATIVE_INFINITY) < APART_MS) return;
    this.#lastMs.set(cue, nowMs);
    for (const voice of VOICES[cue]) {
      if (this.#sounding < VOICES_MAX) this.#sound(context, voice);
    }
  }

  #sound(context: AudioContext, { wave, from, to, seconds, loudness, after = 0 }: Voice): void {
    const begin = context.currentTime + after;
    const end = begin + seconds;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0.0001, begin);
    gain.gain.exponentialRampToValueAtTime(loudness, begin + ATTACK_S);
    gain.gain.exponentialRampToValueAtTime(0.0001, end);
    gain.connect(context.destination);
    const { source, swept } =
      wave === "noise" ? this.#noiseInto(context, gain) : toneInto(context, gain, wave);
    swept.setValueAtTime(from, begin);
    swept.exponentialRampToValueAtTime(to, end);
    this.#sounding += 1;
    source.onended = () => {
      this.#sounding -= 1;
      gain.disconnect();
    };
    source.start(begin);
    source.stop(end);
  }

  #noiseInto(context: AudioContext, gain: GainNode): Sounding {
    this.#noise ??= noiseOf(context);
    const source = context.createBufferSource();
    source.buffer = this.#noise;
    source.loop = true;
    const filter = context.createBiquadFilter();
    filter.type = "bandpass";
    source.connect(filter);
    filter.connect(gain);
    return { source, swept: filter.frequency };
  }
}

interface Sounding {
  readonly source: AudioScheduledSourceNode;
  /** What moves from one pitch to the other. */
  readonly swept: AudioParam;
}

function toneInto(context: AudioContext, gain: GainNode, wave: OscillatorType): Sounding {
  const source = context.createOscillator();
  source.type = wave;
  source.connect(gain);
  return { source, swept: source.frequency };
}

function noiseOf(context: AudioContext): AudioBuffer {
  const buffer = context.createBuffer(1, Math.round(context.sampleRate * NOISE_S), context.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let at = 0; at < samples.length; at += 1) samples[at] = Math.random() * 2 - 1;
  return buffer;
}
