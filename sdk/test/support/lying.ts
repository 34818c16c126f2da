/** Matches whose operator lied in the last segment posted, with the account that goes with them. */
import type { Arena } from "../../src/arena/arena.js";
import type { MatchRecord } from "../../src/arena/record.js";
import type { Match } from "../../src/generated/index.js";
import { PlayerFlag } from "../../src/program/vocabulary.js";
import { tables } from "./rules.js";
import { addressOf, STAKE, type World } from "./svm.js";

export interface Lie {
  readonly record: MatchRecord;
  readonly match: (world: World) => Partial<Match>;
}

const ascii = (text: string) => new TextEncoder().encode(text);

/** Two players of one warrior each; the second segment is wrong. */
export function lyingBlitz(arena: Arena, match: Uint8Array): Lie {
  return lie(arena, match, tables().blitz, [0, 1]);
}

/** A hundred warriors of fifty players; the only segment is wrong. */
export function lyingSiege(arena: Arena, match: Uint8Array): Lie {
  return lie(
    arena,
    match,
    tables().siege,
    Array.from({ length: 100 }, (_, warrior) => warrior >> 1),
  );
}

function lie(arena: Arena, match: Uint8Array, rules: Uint8Array, owners: readonly number[]): Lie {
  const value = new Uint8Array(32).fill(2);
  const seed = arena.sha256(ascii("aurelius:seed"), match, value);
  const dripKey = new Uint8Array(32).fill(3);
  const genesisLeaf = arena.start(rules, owners, owners.length, seed);
  const beacon = new Uint8Array(32).fill(4);
  const mixed = arena.sha256(ascii("aurelius:beacon"), dripKey, beacon);
  const key = arena.sha256(seed, mixed);
  const count = rules[7] ?? 1;
  const segments = Array.from({ length: count }, (_, index) => {
    const leaf = arena.segment(key, [0], owners);
    return { inputs: Uint8Array.of(0), leaf: index + 1 === count ? leaf.map((byte) => byte ^ 255) : leaf };
  });
  const hashes = segments.flatMap(({ inputs, leaf }) => [arena.sha256(inputs), leaf]);
  const digest = arena.sha256(ascii("aurelius:checkpoint"), [0, 0, 0, 0], genesisLeaf, mixed, ...hashes);
  const players = [...new Set(owners)].map((slot) => {
    const warriors = owners.filter((owner) => owner === slot).length;
    const wallet = addressOf(new Uint8Array(32).fill(slot + 1));
    return { wallet, sessionKey: "key", slot, warriors, paid: BigInt(warriors) * STAKE, late: null };
  });
  const record: MatchRecord = {
    match,
    rules,
    rulesHash: arena.sha256(rules),
    dripRoot: arena.sha256(dripKey),
    standing: "live",
    players,
    start: {
      value,
      seed,
      genesisLeaf,
      owners: Uint8Array.from(owners),
      capacity: owners.length,
      signature: "start",
    },
    checkpoints: [
      {
        index: 0,
        dripKey,
        beacon,
        segments,
        digest,
        signature: "posted",
        slot: 1n,
        playersKnown: players.length,
      },
    ],
    result: null,
    payments: [],
    trace: null,
  };
  return { record, match: (world) => accountOf(world, record, owners.length) };
}

function accountOf(
  world: World,
  { rules, rulesHash, start, checkpoints, players }: MatchRecord,
  warriors: number,
): Partial<Match> {
  const table = new Uint8Array(128);
  table.set(rules);
  return {
    rules: table,
    rulesHash,
    capacity: warriors,
    warriorsMax: warriors,
    deposited: BigInt(warriors) * STAKE,
    owed: BigInt(warriors) * STAKE,
    warriorsAtStart: warriors,
    warriorsTotal: warriors,
    warriorsAdmitted: warriors,
    checkpointsPosted: 1,
    checkpointsMax: 45,
    segmentsPerCheckpoint: rules[7] ?? 1,
    seed: start?.seed ?? table,
    genesisLeaf: start?.genesisLeaf ?? table,
    lastLeaf: checkpoints[0]?.segments.at(-1)?.leaf ?? table,
    playersCount: players.length,
    slotsUsed: players.length,
    slots: players.map(({ wallet, warriors: count }) =>
      world.slot({
        player: wallet as Match["operator"],
        paid: BigInt(count) * STAKE,
        warriors: count,
        flags: PlayerFlag.entered,
      }),
    ),
  };
}
