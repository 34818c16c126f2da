/**
 * Random matches, drawn as `arena-wasm/tests/it/parity.rs` draws them, played by the WebAssembly
 * module. Runs in Node.js and in browsers.
 */
import type { Arena } from "../../src/arena/arena.js";
import { toHex } from "../../src/wire/text.js";
import { Lot } from "./lot.js";

/** Rules tables by mode, from docs/RULES.md. */
export interface Tables {
  readonly blitz: Uint8Array;
  readonly siege: Uint8Array;
}

interface Game {
  readonly rules: Uint8Array;
  readonly owners: readonly number[];
  readonly atStart: number;
  readonly slots: number;
  readonly slotsOfCheckpoint: number;
  readonly lot: Lot;
}

function draw(tables: Tables, number: number): Game {
  const lot = new Lot(number);
  const siege = number % 3 === 0;
  const rules = siege ? tables.siege : tables.blitz;
  const warriors = 2 + lot.below((rules[3] ?? 0) - 1);
  const each = Math.min(1 + lot.below(5), warriors - 1);
  const owners = Array.from({ length: warriors }, (_, warrior) => Math.floor(warrior / each));
  const half = Math.max(Math.floor(Math.floor(warriors / each) / 2), 2) * each;
  const atStart = siege && half < warriors ? half : warriors;
  return { rules, owners, atStart, slots: siege ? 20 : 60, slotsOfCheckpoint: rules[7] ?? 1, lot };
}

/** Packed inputs of one segment, as docs/RULES.md has them. */
function inputsOf({ owners, slots, lot, atStart }: Game, segment: number): Uint8Array {
  const capacity = owners.length;
  const maskBytes = Math.ceil(capacity / 8);
  const masks = new Uint8Array(slots * maskBytes);
  const headings: number[] = [];
  const counts = new Uint16Array(capacity);
  for (let slot = 0; slot < slots; slot += 1) {
    for (let warrior = 0; warrior < capacity; warrior += 1) {
      if (lot.below(12) !== 0 || counts[warrior] === 10) continue;
      counts[warrior] = (counts[warrior] ?? 0) + 1;
      const at = slot * maskBytes + (warrior >> 3);
      masks[at] = (masks[at] ?? 0) | (1 << (warrior & 7));
      headings.push(lot.below(9));
    }
  }
  const admit = segment === 5 ? capacity - atStart : 0;
  if (headings.length === 0) return Uint8Array.of(admit);
  const nibbles = new Uint8Array(Math.ceil(headings.length / 2));
  headings.forEach((heading, index) => {
    nibbles[index >> 1] = (nibbles[index >> 1] ?? 0) | (heading << (4 * (index & 1)));
  });
  return Uint8Array.from([admit, ...masks, ...nibbles]);
}

const u32 = (value: number) => Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
const ascii = (text: string) => new TextEncoder().encode(text);

/** The line of match `number`, as in arena-wasm/tests/vectors/parity.txt. */
export function parityLine(arena: Arena, tables: Tables, number: number): string {
  const game = draw(tables, number);
  const seed = arena.sha256(ascii("parity"), u32(number));
  let all = arena.start(game.rules, game.owners.slice(0, game.atStart), game.owners.length, seed);
  for (let segment = 0; !arena.ended; segment += 1) {
    const inputs = inputsOf(game, segment);
    const drip = arena.sha256(ascii("drip"), u32(Math.floor(segment / game.slotsOfCheckpoint)));
    const key = arena.sha256(seed, drip);
    all = arena.sha256(all, arena.segment(key, inputs, game.owners));
  }
  const players = (game.owners.at(-1) ?? 0) + 1;
  const paid = Array.from({ length: players }, (_, player) => 1_000_003n * BigInt(player + 1));
  const { pot, fee, burn, refunded, payouts } = arena.shareOut(paid);
  const money = [pot, fee, burn, refunded, ...payouts].map((amount) => ` ${amount}`).join("");
  return `${number} ${arena.tickNumber} ${toHex(all)} ${toHex(arena.sha256(ascii(money)))}`;
}
