/**
 * The proof of a wrong segment, as transactions (docs/FRAUD-PROOF.md).
 *
 * A Blitz proof fits one transaction. A longer state goes into an upload account first, whose rent
 * comes back with the last transaction.
 */
import type { Account, Instruction, TransactionSigner } from "@solana/kit";
import {
  getClaimAwardInstructionAsync,
  getCloseUploadInstructionAsync,
  getOpenUploadInstructionAsync,
  getProveFraudInstructionAsync,
  getWriteUploadInstructionAsync,
  type Match,
} from "../generated/index.js";
import { collectSlash } from "./actions.js";
import { tokenAccountAddress, uploadAddress, withMemo } from "./addresses.js";
import { concatBytes } from "./bytes.js";
import { createTokenAccount } from "./token.js";

/** What shows that a segment is wrong. `verifyMatch` makes one where it finds one. */
export interface FraudProof {
  /** The checkpoint, from 0. */
  readonly index: number;
  /** The segment in it, from 0. */
  readonly segment: number;
  /** Drip key and beacon of the checkpoint in one hash. */
  readonly mixedKey: Uint8Array;
  /** The hashes of the checkpoint's preimage that the program cannot compute from the rest. */
  readonly others: readonly Uint8Array[];
  /** State before the segment. */
  readonly state: Uint8Array;
  /** Packed inputs of the segment, as posted. */
  readonly inputs: Uint8Array;
}

/** Bytes of hashes, state and inputs that fit one transaction beside compute limit and price. */
const INLINE_BYTES_MAX = 840;
/** Bytes that one write carries. */
const CHUNK_BYTES = 850;

/**
 * The transactions of a proof, to be confirmed one after the other, each as its instructions. The
 * `challenger` signs, pays, and gets the challenger's share. `uploadId` is any number that the
 * challenger has no open upload under; the time in milliseconds does.
 */
export async function proveFraud(
  match: Account<Match>,
  challenger: TransactionSigner,
  proof: FraudProof,
  uploadId: bigint = BigInt(Date.now()),
): Promise<Instruction[][]> {
  const { index, segment, mixedKey, others, state, inputs } = proof;
  const base = { challenger, matchAccount: match.address, trace: match.data.trace };
  const args = { index, segment, mixedKey, others: [...others] };
  if (others.length * 32 + state.length + inputs.length <= INLINE_BYTES_MAX) {
    return [[await getProveFraudInstructionAsync({ ...base, ...args, state, inputs })]];
  }
  const upload = await uploadAddress(challenger.address, uploadId);
  const none = new Uint8Array();
  const prove = await getProveFraudInstructionAsync({
    ...base,
    upload,
    ...args,
    state: none,
    inputs: none,
  });
  const close = await getCloseUploadInstructionAsync({ owner: challenger, upload, uploadId });
  return [...(await fill(challenger, uploadId, concatBytes(state, inputs))), [prove, close]];
}

/**
 * Pays the challenger of a match that was voided for a proven lie or for silence their share of the operator's bond,
 * which is collected first where nobody has yet. Refused before the match's `slashPayableSlot`. Empty when no share is
 * left to pay. Anybody may send it; the `caller` pays for a missing token account.
 */
export async function claimAward(match: Account<Match>, caller: TransactionSigner): Promise<Instruction[]> {
  const { award, awardPaid, challenger, mint, slashCollected, tokenProgram, vault } = match.data;
  if (award === 0n || awardPaid !== 0) return [];
  const owner = { owner: challenger, mint, tokenProgram };
  const collect = slashCollected === 0 ? await collectSlash(match, caller) : [];
  const claim = await getClaimAwardInstructionAsync({
    caller,
    matchAccount: match.address,
    vault,
    mint,
    recipientToken: await tokenAccountAddress(challenger, mint, tokenProgram),
    tokenProgram,
    ...withMemo(tokenProgram),
  });
  return [await createTokenAccount({ payer: caller, ...owner }), ...collect, claim];
}

/** Opens an upload and writes `bytes` into it, a transaction for each part. */
async function fill(owner: TransactionSigner, uploadId: bigint, bytes: Uint8Array): Promise<Instruction[][]> {
  const upload = await uploadAddress(owner.address, uploadId);
  const parts: Instruction[][] = [];
  for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
    const part = bytes.subarray(offset, offset + CHUNK_BYTES);
    parts.push([await getWriteUploadInstructionAsync({ owner, upload, uploadId, offset, bytes: part })]);
  }
  return [[await getOpenUploadInstructionAsync({ owner, upload, uploadId, len: bytes.length })], ...parts];
}
