/**
 * Text forms of byte strings: base58 for keys and signatures, lower-case hex for hashes.
 *
 * Invariant: decoding refuses anything that encoding would not have produced. Base58 is Bitcoin's
 * alphabet, as everywhere on Solana.
 */
import { WireError } from "./bytes.js";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

export function toBase58(bytes: Uint8Array): string {
  const digits: number[] = [];
  for (const byte of bytes) {
    let carry = byte;
    for (let index = 0; index < digits.length; index += 1) {
      carry += (digits[index] ?? 0) * 256;
      digits[index] = carry % 58;
      carry = Math.floor(carry / 58);
    }
    while (carry > 0) {
      digits.push(carry % 58);
      carry = Math.floor(carry / 58);
    }
  }
  let text = "";
  for (const byte of bytes) {
    if (byte !== 0) break;
    text += "1";
  }
  for (let index = digits.length - 1; index >= 0; index -= 1) text += ALPHABET[digits[index] ?? 0] ?? "";
  return text;
}

/** The `length` bytes that `text` stands for. */
export function fromBase58(text: string, length: number): Uint8Array {
  if (text.length > length * 2) throw new WireError(`not ${length} bytes in base58: ${text.slice(0, 100)}`);
  const bytes: number[] = [];
  for (const character of text) {
    let carry = ALPHABET.indexOf(character);
    if (carry < 0) throw new WireError(`not base58: ${text.slice(0, 100)}`);
    for (let index = 0; index < bytes.length; index += 1) {
      carry += (bytes[index] ?? 0) * 58;
      bytes[index] = carry & 0xff;
      carry >>= 8;
    }
    while (carry > 0) {
      bytes.push(carry & 0xff);
      carry >>= 8;
    }
  }
  for (const character of text) {
    if (character !== "1") break;
    bytes.push(0);
  }
  if (bytes.length !== length) throw new WireError(`not ${length} bytes in base58: ${text.slice(0, 100)}`);
  return Uint8Array.from(bytes.reverse());
}

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

export function fromHex(text: string, length: number): Uint8Array {
  if (text.length !== length * 2 || !/^[0-9a-f]*$/.test(text)) {
    throw new WireError(`not ${length} bytes in hex: ${text.slice(0, 100)}`);
  }
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1)
    bytes[index] = parseInt(text.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}
