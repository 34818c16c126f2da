/**
 * What a person does with a match, each as the instructions of one transaction.
 *
 * All take the match as it was read from the chain, so that what is signed is what was seen: `enter`
 * names stake, rules and terms and whether it is late, and the program refuses others. Payouts and refunds go to the
 * player's canonical token account, which is made if it is missing. Absent: sending (`send.ts`).
 */
import type { Account, Address, Instruction, TransactionSigner } from "@solana/kit";
import {
  type Entry,
  getCancelInstructionAsync,
  getClaimInstructionAsync,
  getCollectSlashInstructionAsync,
  getEnterInstructionAsync,
  getFinalizeInstructionAsync,
  getLeaveInstructionAsync,
  getRefundInstructionAsync,
  getRotateSessionKeyInstructionAsync,
  getVoidMatchInstructionAsync,
  getWithdrawHoldingInstructionAsync,
  type Match,
} from "../generated/index.js";
import {
  bondVaultAddress,
  entryAddress,
  holderAddress,
  INCINERATOR,
  NATIVE_MINTS,
  tokenAccountAddress,
  withMemo,
} from "./addresses.js";
import { createTokenAccount } from "./token.js";
import { statusOf } from "./vocabulary.js";

type MatchAccount = Account<Match>;

export interface Enter {
  readonly match: MatchAccount;
  /** The player; pays the stake. */
  readonly player: TransactionSigner;
  /** How many warriors: 1 up to the rules' maximum for one player. */
  readonly warriors: number;
  /** Public key that signs the player's moves from now on. Keep its private half safe before this is sent. */
  readonly sessionKey: Address;
  /** Where the stake comes from; the player's canonical token account unless given. */
  readonly from?: Address;
  /** Pays the entry's rent, and gets it back; the player unless given. */
  readonly payer?: TransactionSigner;
}

/** Pays the stake and registers the session key. */
export async function enter({
  match,
  player,
  warriors,
  sessionKey,
  from,
  payer,
}: Enter): Promise<Instruction[]> {
  const { mint, tokenProgram, stakePerWarrior, rulesHash, termsHash, warriorsPerPlayerMax, vault } =
    match.data;
  if (!Number.isInteger(warriors) || warriors < 1 || warriors > warriorsPerPlayerMax) {
    throw new RangeError(`a player enters with 1 to ${warriorsPerPlayerMax} warriors, not ${warriors}`);
  }
  const instruction = await getEnterInstructionAsync({
    player,
    payer: payer ?? player,
    matchAccount: match.address,
    vault,
    mint,
    playerToken: from ?? (await tokenAccountAddress(player.address, mint, tokenProgram)),
    tokenProgram,
    warriors,
    sessionKey,
    expectStake: stakePerWarrior,
    expectRulesHash: rulesHash,
    expectTerms: termsHash,
    expectLate: statusOf(match.data) === "live",
  });
  return [instruction];
}

/** Takes a player out of an open match, with the stake and the entry's rent. */
export async function leave(
  match: MatchAccount,
  entry: Account<Entry>,
  player: TransactionSigner,
): Promise<Instruction[]> {
  const { mint, tokenProgram, vault } = match.data;
  const instruction = await getLeaveInstructionAsync({
    player,
    matchAccount: match.address,
    entry: entry.address,
    rentPayer: entry.data.rentPayer,
    vault,
    mint,
    playerToken: await tokenAccountAddress(player.address, mint, tokenProgram),
    tokenProgram,
    ...withMemo(tokenProgram),
  });
  return [
    await createTokenAccount({ payer: player, owner: player.address, mint, tokenProgram }),
    instruction,
  ];
}

/** Gives an open match up: anybody may once its lock deadline has passed. Stakes become refundable. */
export async function cancel(match: MatchAccount, caller: TransactionSigner): Promise<Instruction[]> {
  return [
    await getCancelInstructionAsync({ caller, matchAccount: match.address, operator: match.data.operator }),
  ];
}

/** Ends a locked or live match whose deadline has passed. Stakes become refundable, and the bond forfeit after the start. */
export async function voidMatch(match: MatchAccount, caller: TransactionSigner): Promise<Instruction[]> {
  return [
    await getVoidMatchInstructionAsync({
      caller,
      matchAccount: match.address,
      operator: match.data.operator,
    }),
  ];
}

/** Makes the payouts claimable once the challenge window has passed. */
export async function finalize(match: MatchAccount): Promise<Instruction[]> {
  return [await getFinalizeInstructionAsync({ matchAccount: match.address, operator: match.data.operator })];
}

/**
 * Pays `player` the stake back out of a cancelled or voided match, and from `slashPayableSlot` on the share of the
 * operator's bond where that is forfeit. Anybody may call; the caller pays for a missing token account.
 */
export async function refund(
  match: MatchAccount,
  player: Address,
  caller: TransactionSigner,
): Promise<Instruction[]> {
  const { slash, slashCollected } = match.data;
  const collect = slash > 0n && slashCollected === 0 ? await collectSlash(match, caller) : [];
  const instruction = await getRefundInstructionAsync(await payout(match, player, caller));
  return [await ownTokenAccount(match, player, caller), ...collect, instruction];
}

/** Pays `player` what a settled match owes. Anybody may call; the caller pays for a missing token account. */
export async function claim(
  match: MatchAccount,
  player: Address,
  caller: TransactionSigner,
): Promise<Instruction[]> {
  const instruction = await getClaimInstructionAsync(await payout(match, player, caller));
  return [await ownTokenAccount(match, player, caller), instruction];
}

/**
 * Pays `owner` what is held for them in a mint, because their token account could not be paid when a match closed. The
 * rent of the holding goes to them too. Anybody may call; the caller pays for a missing token account.
 */
export async function withdrawHolding(
  { owner, mint, tokenProgram }: { owner: Address; mint: Address; tokenProgram: Address },
  caller: TransactionSigner,
): Promise<Instruction[]> {
  const holder = await holderAddress(owner);
  const instruction = await getWithdrawHoldingInstructionAsync({
    caller,
    owner,
    holder,
    holding: await tokenAccountAddress(holder, mint, tokenProgram),
    mint,
    recipientToken: await tokenAccountAddress(owner, mint, tokenProgram),
    tokenProgram,
    ...withMemo(tokenProgram),
  });
  return [await createTokenAccount({ payer: caller, owner, mint, tokenProgram }), instruction];
}

/** Replaces the key that signs the player's moves, while the match is open. */
export async function rotateSessionKey(
  match: MatchAccount,
  player: TransactionSigner,
  sessionKey: Address,
): Promise<Instruction[]> {
  const entry = await entryAddress(match.address, player.address);
  return [
    await getRotateSessionKeyInstructionAsync({ player, matchAccount: match.address, entry, sessionKey }),
  ];
}

function ownTokenAccount(
  match: MatchAccount,
  owner: Address,
  payer: TransactionSigner,
): Promise<Instruction> {
  const { mint, tokenProgram } = match.data;
  return createTokenAccount({ payer, owner, mint, tokenProgram });
}

async function payout(match: MatchAccount, player: Address, caller: TransactionSigner) {
  const { mint, tokenProgram, vault } = match.data;
  return {
    caller,
    matchAccount: match.address,
    entry: await entryAddress(match.address, player),
    vault,
    mint,
    recipientToken: await tokenAccountAddress(player, mint, tokenProgram),
    tokenProgram,
    ...withMemo(tokenProgram),
  };
}

/** Collects the forfeit bond: a part is burned, the rest goes into the match's vault. Anybody may. */
export async function collectSlash(match: MatchAccount, payer: TransactionSigner): Promise<Instruction[]> {
  const { mint, tokenProgram, vault, operator } = match.data;
  const collect = {
    matchAccount: match.address,
    operator,
    bondVault: await bondVaultAddress(operator),
    vault,
    mint,
    tokenProgram,
  };
  if (!NATIVE_MINTS.includes(mint)) return [await getCollectSlashInstructionAsync(collect)];
  const incineratorToken = await tokenAccountAddress(INCINERATOR, mint, tokenProgram);
  return [
    await createTokenAccount({ payer, owner: INCINERATOR, mint, tokenProgram }),
    await getCollectSlashInstructionAsync({ ...collect, incineratorToken }),
  ];
}
