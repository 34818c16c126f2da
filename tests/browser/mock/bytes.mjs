/**
 * Writing the protocol's bytes: bits of frames and postcard's primitives (docs/PROTOCOL.md).
 *
 * Written apart from the page's decoder on purpose, so that the two check each other.
 */

export class BitWriter {
  #bytes = [];
  #held = 0;
  #heldBits = 0;

  constructor(first) {
    this.#bytes.push(first);
  }

  put(value, bits) {
    for (let bit = 0; bit < bits; bit += 1) {
      this.#held |= ((value >> bit) & 1) << this.#heldBits;
      this.#heldBits += 1;
      if (this.#heldBits === 8) {
        this.#bytes.push(this.#held);
        this.#held = 0;
        this.#heldBits = 0;
      }
    }
    return this;
  }

  flag(bit) {
    return this.put(bit ? 1 : 0, 1);
  }

  finish() {
    if (this.#heldBits > 0) this.#bytes.push(this.#held);
    return Uint8Array.from(this.#bytes);
  }
}

export class Postcard {
  #bytes = [];

  u8(value) {
    this.#bytes.push(value & 0xff);
    return this;
  }

  varint(value) {
    let rest = BigInt(value);
    while (rest > 127n) {
      this.#bytes.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    return this.u8(Number(rest));
  }

  raw(bytes) {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  text(value) {
    const bytes = new TextEncoder().encode(value);
    return this.varint(bytes.length).raw(bytes);
  }

  option(value, write) {
    if (value === null || value === undefined) return this.u8(0);
    this.u8(1);
    write(value);
    return this;
  }

  list(items, write) {
    this.varint(items.length);
    for (const item of items) write(item);
    return this;
  }

  finish() {
    return Uint8Array.from(this.#bytes);
  }
}

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

export function base58(bytes) {
  let number = BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
  let text = "";
  while (number > 0n) {
    text = ALPHABET[Number(number % 58n)] + text;
    number /= 58n;
  }
  for (const byte of bytes) {
    if (byte !== 0) break;
    text = `1${text}`;
  }
  return text;
}

export function hex(bytes) {
  return Buffer.from(bytes).toString("hex");
}
