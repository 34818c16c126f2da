/** Everything a player does, done to the committed program. */
import { address, generateKeyPairSigner, type KeyPairSigner } from "@solana/kit";
import { beforeEach, describe, expect, it } from "vitest";
import { Arena } from "../src/arena/arena.js";
import { checkRecord } from "../src/arena/check.js";
import { AccountError, readMatch, readOperator } from "../src/program/accounts.js";
import {
  cancel,
  claim,
  enter,
  finalize,
  leave,
  refund,
  rotateSessionKey,
  voidMatch,
} from "../src/program/actions.js";
import { exitsOf } from "../src/program/exits.js";
import { proveFraud } from "../src/program/fraud.js";
import {
  hasFlag,
  MatchStatusByte,
  modeOf,
  PlayerFlag,
  playersOf,
  statusOf,
} from "../src/program/vocabulary.js";
import { lyingBlitz, lyingSiege } from "./support/lying.js";
import { PURSE, STAKE, World } from "./support/svm.js";
import { wasm } from "./support/wasm.js";

const SESSION = address("SysvarC1ock11111111111111111111111111111111");
let world: World;
let player: KeyPairSigner;

beforeEach(async () => {
  world = await World.create();
  player = await world.person();
});

/** Two warriors of `player` in slot 0, one paid for by somebody else in slot 1. */
async function putPlayed(
  status: keyof typeof MatchStatusByte,
  fields: Parameters<World["putMatch"]>[0] = {},
) {
  const other = await world.person();
  const paid = 2n * STAKE;
  await world.putMatch({
    status: MatchStatusByte[status],
    playersCount: 2,
    slotsUsed: 2,
    entriesOpen: 2,
    warriorsTotal: 3,
    deposited: paid + STAKE,
    owed: paid + STAKE,
    slots: [
      world.slot({ player: player.address, paid, warriors: 2, flags: PlayerFlag.entered }),
      world.slot({
        player: other.address,
        paid: STAKE,
        warriors: 1,
        firstWarrior: 2,
        flags: PlayerFlag.entered,
      }),
    ],
    ...fields,
  });
  await world.putEntry(player.address, 0, paid);
  return other;
}

describe("an open match", () => {
  beforeEach(() => world.putMatch({}));

  it("is entered, the key changed, and left with the stake", async () => {
    const match = world.readMatch();
    const events = await world.does(player, await enter({ match, player, warriors: 2, sessionKey: SESSION }));
    expect(events).toMatchObject([
      {
        name: "Entered",
        data: { matchKey: world.match, player: player.address, warriors: 2, paid: 2n * STAKE, late: false },
      },
    ]);
    expect(await world.tokens(player.address)).toBe(PURSE - 2n * STAKE);
    const entered = world.readMatch();
    expect(playersOf(entered.data)).toMatchObject([
      { slot: 0, player: player.address, paid: 2n * STAKE, warriors: 2 },
    ]);
    expect(entered.data.slots).toHaveLength(2);

    await world.does(player, await rotateSessionKey(entered, player, player.address));
    const entry = await world.readEntry(player.address);
    expect(entry?.data).toMatchObject({ sessionKey: player.address, paid: 2n * STAKE });
    if (entry === null) throw new Error("unreachable");
    expect(exitsOf(entered.data, entry.data)).toEqual([
      { kind: "leave", fromSlot: 0n, amount: 2n * STAKE },
      { kind: "cancel", fromSlot: 1_001n, amount: 0n },
    ]);
    const [left] = await world.does(player, await leave(entered, entry, player));
    expect(left).toMatchObject({ name: "Left", data: { refunded: 2n * STAKE } });
    expect(await world.tokens(player.address)).toBe(PURSE);
    expect(await world.readEntry(player.address)).toBeNull();
  });

  it("is entered only on the terms that were read", async () => {
    const match = world.readMatch();
    await world.putMatch({ stakePerWarrior: 2n * STAKE });
    const failure = await world.refuses(
      player,
      await enter({ match, player, warriors: 1, sessionKey: SESSION }),
    );
    expect(failure).toMatchObject({ kind: "program", name: "StakeMismatch", code: 6301 });
    expect(failure.message).toBe("the expected stake differs from the match's");
    await expect(enter({ match, player, warriors: 6, sessionKey: SESSION })).rejects.toThrow(
      "1 to 5 warriors, not 6",
    );
  });

  it("is not entered without the tokens", async () => {
    world.putTokens(await world.purse(player.address), player.address, STAKE - 1n);
    const match = world.readMatch();
    const failure = await world.refuses(
      player,
      await enter({ match, player, warriors: 1, sessionKey: SESSION }),
    );
    expect(failure.kind).toBe("not_enough_tokens");
  });
});

describe("the ways out, when the operator is gone", () => {
  it("an open match: cancel after the deadline, then refund", async () => {
    await putPlayed("open");
    const match = world.readMatch();
    expect(await world.refuses(player, await cancel(match, player))).toMatchObject({
      name: "LockDeadlineNotPassed",
    });
    world.svm.warpToSlot(1_001n);
    await world.does(player, await cancel(match, player));
    const cancelled = world.readMatch();
    expect(statusOf(cancelled.data)).toBe("cancelled");
    const events = await world.does(player, await refund(cancelled, player.address, player));
    expect(events).toMatchObject([{ name: "Refunded", data: { amount: 2n * STAKE, compensation: 0n } }]);
    expect(await world.tokens(player.address)).toBe(PURSE + 2n * STAKE);
    const entry = await world.readEntry(player.address);
    expect(entry && exitsOf(world.readMatch().data, entry.data)).toEqual([]);
  });

  it("a locked match: void after the deadline", async () => {
    await putPlayed("locked", { entropyDeadline: 50n });
    world.svm.warpToSlot(51n);
    await world.does(player, await voidMatch(world.readMatch(), player));
    expect(statusOf(world.readMatch().data)).toBe("voided");
  });

  it("a live match: void, and the refund brings a share of the bond", async () => {
    await putPlayed("live", { progressDeadline: 50n, warriorsAtStart: 3, warriorsAdmitted: 3 });
    world.svm.warpToSlot(51n);
    await world.does(player, await voidMatch(world.readMatch(), player));
    const voided = world.readMatch();
    expect(voided.data).toMatchObject({ slash: 10_000_000n, challenger: player.address });
    const exits = async () => {
      const entry = await world.readEntry(player.address);
      return entry === null ? [] : exitsOf(world.readMatch().data, entry.data);
    };
    const { slashPayableSlot } = voided.data;
    const [stake, share] = await exits();
    expect(stake).toEqual({ kind: "refund", fromSlot: 0n, amount: 2n * STAKE });
    expect(share).toMatchObject({ kind: "share", fromSlot: slashPayableSlot });
    const events = await world.does(player, await refund(voided, player.address, player));
    expect(events.map(({ name }) => name)).toEqual(["SlashCollected", "Refunded"]);
    expect(await world.tokens(player.address)).toBe(PURSE + 2n * STAKE);
    expect(await exits()).toEqual([share]);
    world.svm.warpToSlot(slashPayableSlot);
    await world.does(player, await refund(world.readMatch(), player.address, player));
    expect(await world.tokens(player.address)).toBe(PURSE + 2n * STAKE + (share?.amount ?? 0n));
    expect(share?.amount).toBeGreaterThan(0n);
    expect(await exits()).toEqual([]);
  });

  it("a proposed match: finalize after the window, then claim, by anybody", async () => {
    const other = await putPlayed("proposed", { challengeDeadline: 50n });
    const slots = world
      .readMatch()
      .data.slots.map((slot, index) => ({ ...slot, payout: index === 0 ? 2_850_000n : 0n }));
    await putPlayedAgain(slots, other);
    world.svm.warpToSlot(51n);
    await world.does(other, await finalize(world.readMatch()));
    const settled = world.readMatch();
    expect(statusOf(settled.data)).toBe("settled");
    const events = await world.does(other, await claim(settled, player.address, other));
    expect(events).toMatchObject([
      { name: "Claimed", data: { amount: 2_850_000n, recipient: await world.purse(player.address) } },
    ]);
    expect(await world.tokens(player.address)).toBe(PURSE + 2_850_000n);
    const [slot] = world.readMatch().data.slots;
    expect(slot && hasFlag(slot, "claimed")).toBe(true);
  });

  async function putPlayedAgain(
    slots: NonNullable<Parameters<World["putMatch"]>[0]["slots"]>,
    other: KeyPairSigner,
  ) {
    const before = world.readMatch().data;
    await world.putMatch({
      ...before,
      slots,
      owed: 2_850_000n + 90_000n + 60_000n,
      pot: 3_000_000n,
      fee: 90_000n,
      burn: 60_000n,
    });
    await world.putEntry(other.address, 1, STAKE);
  }
});

describe("a lie", () => {
  it.each([
    ["of a Blitz, in one transaction", lyingBlitz, 1],
    ["of a Siege of 100, through an upload", lyingSiege, 5],
  ])("%s is proved to the program with what verifyMatch found", async (_what, lying, transactions) => {
    const arena = await Arena.load(wasm);
    const { record, match } = lying(arena, Uint8Array.from(await matchBytes()));
    const report = checkRecord(arena, record);
    const proof = report.checkpoints.find(({ verdict }) => verdict === "red")?.proof;
    if (proof === undefined) throw new Error("no proof");
    await world.putMatch({ status: MatchStatusByte.live, progressDeadline: 1_000n, ...match(world) });
    await world.putTrace(record.checkpoints.map(({ digest }) => digest));
    const parts = await proveFraud(world.readMatch(), player, proof);
    expect(parts).toHaveLength(transactions);
    const events = [];
    for (const instructions of parts) events.push(...(await world.does(player, instructions)));
    expect(events.map(({ name }) => name)).toEqual(["FraudProven", "MatchVoided"]);
    expect(world.readMatch().data).toMatchObject({
      status: MatchStatusByte.voided,
      challenger: player.address,
    });
  });

  async function matchBytes(): Promise<Uint8Array> {
    const { getAddressEncoder } = await import("@solana/kit");
    return Uint8Array.from(getAddressEncoder().encode(world.match));
  }
});

describe("readers", () => {
  it("take neither foreign accounts nor other kinds", async () => {
    await world.putMatch({});
    const account = world.svm.getAccount(world.match);
    if (!account.exists) throw new Error("no account");
    expect(() => readOperator(account)).toThrow(AccountError);
    expect(() => readOperator(account)).toThrow("holds no operator");
    const stranger = (await generateKeyPairSigner()).address;
    expect(() => readMatch({ ...account, programAddress: stranger })).toThrow("is owned by");
    expect(() => readMatch({ ...account, data: account.data.slice(0, 700) })).toThrow("too short");
  });

  it("do not throw on numbers newer than they are", () => {
    expect(statusOf({ status: 99 })).toBe("unknown");
    expect(modeOf({ mode: 99 })).toBe("unknown");
    expect(statusOf({ status: MatchStatusByte.voided })).toBe("voided");
  });
});
