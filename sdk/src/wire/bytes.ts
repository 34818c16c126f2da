/**
 * Reading and writing postcard's primitives.
 *
 * Postcard (https://postcard.jamesmunns.com/wire-format): unsigned integers wider than a byte are
 * LEB128 varints, options and booleans one byte, texts and sequences a varint length and the items,
 * enum variants a varint index. Invariant: every read is checked against the end of the message and
 * fails with a `WireError`, never with garbage. Absent: signed integers and floats, which the
 * protocol does not use.
 */

/** Bytes that are not what the protocol says; `message` names the place. */
export class WireError extends Error {
  override readonly name = "WireError";
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw new WireError(`message ends at byte ${this.#offset}, expected one more`);
    this.#offset += 1;
    return byte;
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    if (count > this.remaining) {
      throw new WireError(
        `message ends: expected ${count} more bytes at ${this.#offset}, found ${this.remaining}`,
      );
    }
    const taken = this.#bytes.subarray(this.#offset, this.#offset + count);
    this.#offset += count;
    return taken;
  }

  /** A varint of at most `bits` bits. */
  varint(bits: 16 | 32 | 64): bigint {
    let value = 0n;
    for (let shift = 0; shift < bits; shift += 7) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(shift);
      if ((byte & 0x80) === 0) {
        if (value >> BigInt(bits) !== 0n) throw new WireError(`a number does not fit ${bits} bits`);
        return value;
      }
    }
    throw new WireError(`a number is longer than ${bits} bits allow`);
  }

  u32(): number {
    return Number(this.varint(32));
  }

  /** The length of a sequence or text; at least one byte per item must remain. */
  length(): number {
    const count = this.u32();
    if (count > this.remaining)
      throw new WireError(`a length of ${count} exceeds the ${this.remaining} bytes left`);
    return count;
  }

  flag(): boolean {
    const byte = this.u8();
    if (byte > 1) throw new WireError(`expected 0 or 1 for a choice, found ${byte}`);
    return byte === 1;
  }

  /** Fails unless everything was read. */
  end(): void {
    if (this.remaining > 0) throw new WireError(`${this.remaining} bytes after the end of the message`);
  }
}

export class ByteWriter {
  readonly #bytes: number[] = [];

  u8(value: number): void {
    this.#bytes.push(value & 0xff);
  }

  varint(value: bigint | number): void {
    let rest = BigInt(value);
    if (rest < 0n) throw new WireError(`cannot write the negative number ${rest}`);
    while (rest >= 0x80n) {
      this.#bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#bytes.push(Number(rest));
  }

  raw(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }
}
