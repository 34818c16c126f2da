/** Chance as `arena-wasm/tests/it/lot.rs` draws it: 32-bit xorshift. */
export class Lot {
  #state: number;

  constructor(state: number) {
    this.#state = state >>> 0;
  }

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    this.#state >>>= 0;
    return this.#state;
  }

  below(n: number): number {
    return this.next() % n;
  }
}
