/**
 * A match's record, read from the chain alone.
 *
 * Every transaction that names the match account is read, oldest first. What counts are the
 * program's events and the arguments of `post_checkpoint`; transactions that failed do not. Works also
 * after the match's accounts were closed, as long as the RPC keeps history. Invariant: whatever is
 * missing is an error that says so, not a gap in the record.
 */
import {
  type Address,
  getAddressEncoder,
  getBase58Encoder,
  type GetAccountInfoApi,
  type GetSignaturesForAddressApi,
  type GetTransactionApi,
  type Rpc,
  type Signature,
} from "@solana/kit";
import {
  AURELIUS_PROGRAM_ADDRESS,
  type AureliusEvent,
  getPostCheckpointInstructionDataDecoder,
  POST_CHECKPOINT_DISCRIMINATOR,
  type PostCheckpointInstructionData,
} from "../generated/index.js";
import { loadTrace } from "../program/accounts.js";
import { startsWith } from "../program/bytes.js";
import { accountKeys, eventsOf, type LedgerTransaction } from "../program/events.js";
import type {
  CheckpointRecord,
  MatchRecord,
  PaymentRecord,
  PlayerRecord,
  ResultRecord,
  Standing,
  StartRecord,
} from "./record.js";

export type HistoryRpc = Rpc<GetAccountInfoApi & GetSignaturesForAddressApi & GetTransactionApi>;

/** The chain does not hold what a record needs. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
}

const PAGE = 1000;
/** Transactions asked for at the same time. */
const TOGETHER = 8;

/** Reads everything about `match`. `onProgress` hears how many of the transactions have been read. */
export async function readRecord(
  rpc: HistoryRpc,
  match: Address,
  onProgress: (read: number, of: number) => void = () => undefined,
): Promise<MatchRecord> {
  const found = await signaturesOf(rpc, match);
  if (found.length === 0) throw new HistoryError(`the chain knows no transaction of ${match}`);
  const fold = new Fold(match);
  for (let at = 0; at < found.length; at += TOGETHER) {
    const group = found.slice(at, at + TOGETHER);
    const transactions = await Promise.all(group.map(({ signature }) => transactionOf(rpc, signature)));
    group.forEach(({ signature, slot }, index) => {
      fold.add(transactions[index] as Instructed, signature, slot);
    });
    onProgress(Math.min(at + TOGETHER, found.length), found.length);
  }
  const trace = await loadTrace(rpc, match);
  return fold.finish(trace === null ? null : trace.data.digests.map((digest) => Uint8Array.from(digest)));
}

interface Found {
  readonly signature: Signature;
  readonly slot: bigint;
}

/** Those that succeeded, oldest first. */
async function signaturesOf(rpc: HistoryRpc, match: Address): Promise<Found[]> {
  const all: Found[] = [];
  let before: Signature | undefined;
  for (;;) {
    const page = await rpc
      .getSignaturesForAddress(match, {
        commitment: "confirmed",
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
      })
      .send();
    all.push(...page.filter(({ err }) => err === null).map(({ signature, slot }) => ({ signature, slot })));
    before = page.at(-1)?.signature;
    if (page.length < PAGE || before === undefined) return all.reverse();
  }
}

interface JsonInstruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: string;
}

/** A transaction of the ledger with its instructions. */
interface Instructed {
  readonly meta: NonNullable<LedgerTransaction["meta"]> & {
    readonly innerInstructions?: readonly { readonly instructions: readonly JsonInstruction[] }[] | null;
  };
  readonly transaction: {
    readonly message: {
      readonly accountKeys: readonly string[];
      readonly instructions: readonly JsonInstruction[];
    };
  };
}

async function transactionOf(rpc: HistoryRpc, signature: Signature): Promise<Instructed> {
  const transaction = await rpc
    .getTransaction(signature, {
      commitment: "confirmed",
      encoding: "json",
      maxSupportedTransactionVersion: 0,
    })
    .send();
  if (transaction === null) throw new HistoryError(`the RPC does not keep the transaction ${signature}`);
  return transaction as unknown as Instructed;
}

/** The `post_checkpoint` calls of a transaction for `match`, wherever they stand. */
function postings(transaction: Instructed, match: Address): PostCheckpointInstructionData[] {
  const keys = accountKeys(transaction);
  const inner: readonly { readonly instructions: readonly JsonInstruction[] }[] =
    transaction.meta.innerInstructions ?? [];
  return [
    ...transaction.transaction.message.instructions,
    ...inner.flatMap(({ instructions }) => instructions),
  ]
    .filter(({ programIdIndex, accounts }) => {
      return keys[programIdIndex] === AURELIUS_PROGRAM_ADDRESS && keys[accounts[1] ?? -1] === match;
    })
    .map(({ data }) => Uint8Array.from(getBase58Encoder().encode(data)))
    .filter((data) => startsWith(data, POST_CHECKPOINT_DISCRIMINATOR))
    .map((data) => getPostCheckpointInstructionDataDecoder().decode(data));
}

/** The record as far as it has been read. */
class Fold {
  readonly #match: Address;
  #created: Pick<MatchRecord, "rules" | "rulesHash" | "dripRoot"> | undefined;
  #standing: Standing = "open";
  #players: PlayerRecord[] = [];
  #start: StartRecord | null = null;
  readonly #checkpoints: CheckpointRecord[] = [];
  #result: ResultRecord | null = null;
  readonly #payments: PaymentRecord[] = [];

  constructor(match: Address) {
    this.#match = match;
  }

  add(transaction: Instructed, signature: string, slot: bigint): void {
    const posted = postings(transaction, this.#match);
    for (const event of eventsOf(transaction)) {
      if (!("matchKey" in event.data) || event.data.matchKey !== this.#match) continue;
      if (event.name === "CheckpointPosted") this.#checkpoint(event.data, posted, signature, slot);
      else this.#event(event, signature);
    }
  }

  finish(trace: readonly Uint8Array[] | null): MatchRecord {
    if (this.#created === undefined) {
      throw new HistoryError(`the RPC does not keep the transaction in which ${this.#match} was created`);
    }
    return {
      match: Uint8Array.from(getAddressEncoder().encode(this.#match)),
      ...this.#created,
      standing: this.#standing,
      players: this.#players,
      start: this.#start,
      checkpoints: this.#checkpoints,
      result: this.#result,
      payments: this.#payments,
      trace: trace?.slice(0, this.#checkpoints.length) ?? null,
    };
  }

  #checkpoint(
    {
      index,
      digest,
      beacon,
    }: { readonly index: number; readonly digest: ArrayLike<number>; readonly beacon: ArrayLike<number> },
    posted: readonly PostCheckpointInstructionData[],
    signature: string,
    slot: bigint,
  ): void {
    const call = posted.find((candidate) => candidate.index === index);
    if (call === undefined)
      throw new HistoryError(`checkpoint ${index} is in ${signature} without its instruction`);
    this.#checkpoints.push({
      index,
      dripKey: Uint8Array.from(call.dripKey),
      beacon: Uint8Array.from(beacon),
      segments: call.leaves.map((leaf, segment) => ({
        inputs: Uint8Array.from(call.inputs[segment] ?? []),
        leaf: Uint8Array.from(leaf),
      })),
      digest: Uint8Array.from(digest),
      signature,
      slot,
      playersKnown: this.#players.length,
    });
  }

  #event(event: AureliusEvent, signature: string): void {
    switch (event.name) {
      case "MatchCreated": {
        const { rules, rulesHash, dripRoot } = event.data;
        this.#created = { rules: own(rules), rulesHash: own(rulesHash), dripRoot: own(dripRoot) };
        break;
      }
      case "Entered": {
        const { player, sessionKey, slotIndex, warriors, paid, late, firstWarrior } = event.data;
        this.#players.push({
          wallet: player,
          sessionKey,
          slot: slotIndex,
          warriors,
          paid,
          late: late ? { firstWarrior } : null,
        });
        break;
      }
      case "Left": {
        const { player } = event.data;
        this.#players = this.#players.filter(({ wallet }) => wallet !== player);
        break;
      }
      case "SessionKeyRotated": {
        const { player, sessionKey } = event.data;
        this.#players = this.#players.map((known) =>
          known.wallet === player ? { ...known, sessionKey } : known,
        );
        break;
      }
      case "MatchLocked":
        this.#standing = "locked";
        break;
      case "MatchStarted": {
        const { value, seed, genesisLeaf, owners, capacity } = event.data;
        this.#standing = "live";
        this.#start = {
          value: own(value),
          seed: own(seed),
          genesisLeaf: own(genesisLeaf),
          owners: own(owners),
          capacity,
          signature,
        };
        break;
      }
      default:
        this.#ending(event, signature);
    }
  }

  /** Everything after the last tick. */
  #ending(event: AureliusEvent, signature: string): void {
    switch (event.name) {
      case "ResultSubmitted": {
        const { finalLeaf, pot, fee, burn, refunded, payouts } = event.data;
        this.#standing = "proposed";
        this.#result = { finalLeaf: own(finalLeaf), pot, fee, burn, refunded, payouts, signature };
        break;
      }
      case "MatchSettled":
        this.#standing = "settled";
        break;
      case "MatchCancelled":
        this.#standing = "cancelled";
        break;
      case "MatchVoided":
        this.#standing = "voided";
        break;
      case "Claimed": {
        const { player, amount, refund } = event.data;
        this.#payments.push({ wallet: player, amount, kind: refund ? "refund" : "payout", signature });
        break;
      }
      case "Refunded": {
        const { player, amount, compensation } = event.data;
        this.#payments.push({ wallet: player, amount: amount + compensation, kind: "refund", signature });
        break;
      }
      default:
        break;
    }
  }
}

const own = (bytes: ArrayLike<number>): Uint8Array => Uint8Array.from(bytes);
