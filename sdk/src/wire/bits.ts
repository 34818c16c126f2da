/**
 * Bits of a state frame, lowest first.
 *
 * Invariant: every read is checked; `end` refuses anything after the last field but zero bits of the
 * last byte. Absent: writing, which only servers do.
 */
import { WireError } from "./bytes.js";

export class BitReader {
  readonly #bytes: Uint8Array;
  /** Position in bits. */
  #position: number;

  /** Starts at byte `offset`. */
  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#position = offset * 8;
  }

  /** The next `count` bits (at most 24) as a number. */
  take(count: number): number {
    let value = 0;
    let filled = 0;
    while (filled < count) {
      const byte = this.#bytes[this.#position >> 3];
      if (byte === undefined) throw new WireError("the frame is cut short");
      const offset = this.#position & 7;
      const width = Math.min(8 - offset, count - filled);
      value |= ((byte >> offset) & ((1 << width) - 1)) << filled;
      filled += width;
      this.#position += width;
    }
    return value;
  }

  flag(): boolean {
    return this.take(1) === 1;
  }

  /** A number that must be below `limit`; `what` names it in the error. */
  below(count: number, limit: number, what: string): number {
    const value = this.take(count);
    if (value >= limit) throw new WireError(`${what} is ${value}; expected below ${limit}`);
    return value;
  }

  /** A bit that says whether there is a value, then the value. */
  optional(count: number): number | undefined {
    return this.flag() ? this.take(count) : undefined;
  }

  end(): void {
    const bytesUsed = (this.#position + 7) >> 3;
    const padding = (8 - (this.#position & 7)) & 7;
    if (bytesUsed !== this.#bytes.length || this.take(padding) !== 0) {
      throw new WireError("the frame goes on after its end");
    }
  }
}
