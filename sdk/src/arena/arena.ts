/**
 * The rules themselves: `arena` in WebAssembly, one match an instance.
 *
 * Invariants: what goes in is copied, what comes out is a copy; a refusal of the rules is an
 * `ArenaError` with their words, and leaves the state as it was. Absent: finding the file. Give the
 * bytes of `@aurelius/sdk/arena.wasm`, a compiled module, or the `Response` that brings it.
 */

export type WasmSource = BufferSource | WebAssembly.Module | Response | PromiseLike<Response>;

/** What the rules refuse, in their words. */
export class ArenaError extends Error {
  override readonly name = "ArenaError";
}

/** What becomes of the money of a match; amounts in the mint's smallest unit. */
export interface Settlement {
  readonly pot: bigint;
  readonly fee: bigint;
  readonly burn: bigint;
  /** What goes back to late entries that were never admitted; not part of the pot. */
  readonly refunded: bigint;
  /** By player index. */
  readonly payouts: readonly bigint[];
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  buffer(which: number): number;
  start(owners: number, capacity: number): number;
  load(length: number): number;
  segment(owners: number, length: number): number;
  tick(owners: number, length: number): number;
  share_out(players: number): number;
  places(): number;
  hash(length: number): number;
  events(): number;
}

/** Buffers by number, with their lengths in bytes: `arena-wasm/src/lib.rs`. */
const BUFFERS = {
  rules: [0, 96],
  owners: [1, 100],
  seed: [2, 32],
  key: [3, 32],
  state: [4, 1728],
  bytes: [5, 6144],
  digest: [6, 32],
  paid: [7, 800],
  payouts: [8, 800],
  totals: [9, 32],
  places: [10, 100],
  message: [11, 160],
  events: [12, 2048],
} as const;
type BufferName = keyof typeof BUFFERS;

/** Compiles the module once, for several matches. */
export async function compileArena(source: WasmSource): Promise<WebAssembly.Module> {
  const given = await source;
  if (given instanceof WebAssembly.Module) return given;
  if (!(typeof Response !== "undefined" && given instanceof Response)) {
    return WebAssembly.compile(given as BufferSource);
  }
  const type = given.headers.get("content-type") ?? "";
  if (!given.ok || type.startsWith("text/html")) {
    throw new ArenaError(`arena.wasm was not served: status ${given.status}, content type ${type || "none"}`);
  }
  return WebAssembly.compile(await given.arrayBuffer());
}

export class Arena {
  readonly #exports: Exports;
  #stateLength = 0;

  private constructor(instance: WebAssembly.Instance) {
    this.#exports = instance.exports as unknown as Exports;
  }

  static async load(source: WasmSource): Promise<Arena> {
    return new Arena(await WebAssembly.instantiate(await compileArena(source)));
  }

  /** SHA-256 of the concatenation of `parts`, at most 6,144 bytes. */
  sha256(...parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
    let length = 0;
    const room = this.#view("bytes");
    for (const part of parts) {
      if (length + part.length > room.length) throw new RangeError(`more than ${room.length} bytes to hash`);
      room.set(part, length);
      length += part.length;
    }
    this.#checked(this.#exports.hash(length));
    return this.#copy("digest", 32);
  }

  /** The genesis state. Answers its leaf. */
  start(
    rules: ArrayLike<number>,
    owners: ArrayLike<number>,
    capacity: number,
    seed: ArrayLike<number>,
  ): Uint8Array<ArrayBuffer> {
    this.#put("rules", rules);
    this.#put("owners", owners);
    this.#put("seed", seed);
    this.#stateLength = this.#checked(this.#exports.start(owners.length, capacity));
    return this.#copy("digest", 32);
  }

  /** Goes on from a state under `rules`. Answers its leaf. A refused state leaves none to go on from. */
  load(rules: ArrayLike<number>, state: ArrayLike<number>): Uint8Array<ArrayBuffer> {
    this.#put("rules", rules);
    this.#put("state", state);
    this.#stateLength = 0;
    this.#checked(this.#exports.load(state.length));
    this.#stateLength = state.length;
    return this.#copy("digest", 32);
  }

  /** Steps one segment. `owners` is the roster as far as known, late entries included. Answers the leaf. */
  segment(
    key: ArrayLike<number>,
    inputs: ArrayLike<number>,
    owners: ArrayLike<number>,
  ): Uint8Array<ArrayBuffer> {
    this.#prepare(key, inputs, owners);
    this.#checked(this.#exports.segment(owners.length, inputs.length));
    return this.#copy("digest", 32);
  }

  /** Steps the next tick of the segment that `inputs` are of. Answers the tick. */
  tick(key: ArrayLike<number>, inputs: ArrayLike<number>, owners: ArrayLike<number>): number {
    this.#prepare(key, inputs, owners);
    return this.#checked(this.#exports.tick(owners.length, inputs.length));
  }

  /** The state as it stands: docs/RULES.md has its bytes. */
  state(): Uint8Array<ArrayBuffer> {
    return this.#copy("state", this.#stateLength);
  }

  /** What happened in the last tick or segment, four bytes an event: `arena-wasm/src/lib.rs`. */
  events(): Uint8Array<ArrayBuffer> {
    return this.#copy("events", this.#exports.events() * 4);
  }

  /** Ticks made so far. */
  get tickNumber(): number {
    const state = this.#view("state");
    return (state[2] ?? 0) + (state[3] ?? 0) * 256;
  }

  get ended(): boolean {
    return ((this.#view("state")[7] ?? 0) & 1) === 1;
  }

  /** What everybody gets out of the final state; `paid` by player index. */
  shareOut(paid: readonly bigint[]): Settlement {
    const view = new DataView(this.#exports.memory.buffer);
    const [from, to, sums] = [this.#at("paid"), this.#at("payouts"), this.#at("totals")] as const;
    if (paid.length * 8 > BUFFERS.paid[1])
      throw new RangeError(`${paid.length} players; a match has at most 100`);
    paid.forEach((amount, player) => {
      view.setBigUint64(from + player * 8, amount, true);
    });
    this.#checked(this.#exports.share_out(paid.length));
    const u64 = (offset: number): bigint => view.getBigUint64(offset, true);
    return {
      pot: u64(sums),
      fee: u64(sums + 8),
      burn: u64(sums + 16),
      refunded: u64(sums + 24),
      payouts: paid.map((_, player) => u64(to + player * 8)),
    };
  }

  /** Place by player index, from 1; 0 for those who are not in the match. */
  places(): Uint8Array<ArrayBuffer> {
    this.#checked(this.#exports.places());
    return this.#copy("places", BUFFERS.places[1]);
  }

  #prepare(key: ArrayLike<number>, inputs: ArrayLike<number>, owners: ArrayLike<number>): void {
    this.#put("key", key);
    this.#put("bytes", inputs);
    this.#put("owners", owners);
  }

  #at(name: BufferName): number {
    return this.#exports.buffer(BUFFERS[name][0]);
  }

  #view(name: BufferName): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#exports.memory.buffer as ArrayBuffer, this.#at(name), BUFFERS[name][1]);
  }

  #copy(name: BufferName, length: number): Uint8Array<ArrayBuffer> {
    return this.#view(name).slice(0, length);
  }

  #put(name: BufferName, bytes: ArrayLike<number>): void {
    const room = this.#view(name);
    if (bytes.length > room.length)
      throw new RangeError(`${name}: ${bytes.length} bytes, at most ${room.length}`);
    room.set(bytes);
  }

  /** The number, or the error that it stands for. */
  #checked(answer: number): number {
    if (answer >= 0) return answer;
    throw new ArenaError(new TextDecoder().decode(this.#copy("message", -answer)));
  }
}
