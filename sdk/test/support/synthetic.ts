/** An honest match of players who stand still, as the chain would tell it. */
import type { Arena } from "../../src/arena/arena.js";
import type { CheckpointRecord, MatchRecord } from "../../src/arena/record.js";
import { tables } from "./rules.js";

const ascii = (text: string) => new TextEncoder().encode(text);
const PAID = [5_000_000n, 7_000_000n];

/** The drip chain backwards: key `i` hashes to key `i - 1`; the root is before the first. */
function dripKeys(arena: Arena, count: number): Uint8Array[] {
  const keys = [arena.sha256(ascii("secret"))];
  while (keys.length < count + 1) keys.unshift(arena.sha256(keys[0] ?? []));
  return keys;
}

/** Plays the match to its end, with one warrior for each that `paid`. `inputs` of each segment: nobody moves. */
export function honest(arena: Arena, paid: readonly bigint[] = PAID): MatchRecord {
  const owners = Uint8Array.from(paid, (_, slot) => slot);
  const { blitz: rules } = tables();
  const match = new Uint8Array(32).fill(1);
  const value = new Uint8Array(32).fill(2);
  const seed = arena.sha256(ascii("aurelius:seed"), match, value);
  const [dripRoot = value, ...drip] = dripKeys(arena, 45);
  const genesisLeaf = arena.start(rules, owners, owners.length, seed);
  const checkpoints: CheckpointRecord[] = [];
  let previous = genesisLeaf;
  for (let index = 0; !arena.ended; index += 1) {
    const dripKey = drip[index] ?? value;
    const beacon = arena.sha256(ascii("slot"), Uint8Array.of(index));
    const mixed = arena.sha256(ascii("aurelius:beacon"), dripKey, beacon);
    const key = arena.sha256(seed, mixed);
    const segments = [0, 1].map(() => ({ inputs: Uint8Array.of(0), leaf: arena.segment(key, [0], owners) }));
    const hashes = segments.flatMap(({ inputs, leaf }) => [arena.sha256(inputs), leaf]);
    const number = Uint8Array.of(index, 0, 0, 0);
    const digest = arena.sha256(ascii("aurelius:checkpoint"), number, previous, mixed, ...hashes);
    const signature = `checkpoint ${index}`;
    checkpoints.push({
      index,
      dripKey,
      beacon,
      segments,
      digest,
      signature,
      slot: BigInt(index),
      playersKnown: paid.length,
    });
    previous = segments[1]?.leaf ?? previous;
  }
  const { payouts, ...totals } = arena.shareOut(paid);
  const player = { sessionKey: "key", warriors: 1, late: null };
  return {
    match,
    rules,
    rulesHash: arena.sha256(rules),
    dripRoot,
    standing: "settled",
    players: paid.map((amount, slot) => ({ ...player, wallet: `wallet ${slot}`, slot, paid: amount })),
    start: { value, seed, genesisLeaf, owners, capacity: owners.length, signature: "start" },
    checkpoints,
    result: { finalLeaf: previous, ...totals, payouts, signature: "result" },
    payments: payouts.map((amount, slot) => ({
      wallet: `wallet ${slot}`,
      amount,
      kind: "payout",
      signature: "paid",
    })),
    trace: checkpoints.map(({ digest }) => digest),
  };
}
