/**
 * One transaction, from what it does in words to what became of it.
 *
 * The wallet signs and we send by our own RPC: a wallet that sends would do so on the network chosen in the wallet.
 * Invariants: one transaction a run, the wallet its only signer; it is simulated before the wallet is asked; what
 * the wallet gives back is sent unchanged, even where it added something; a time-out is looked up by signature and
 * never sent anew before its blockhash has expired.
 */
import {
  type Address,
  address,
  appendTransactionMessageInstructions,
  type Blockhash,
  compileTransaction,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  getTransactionEncoder,
  type Instruction,
  pipe,
  setTransactionMessageComputeUnitLimit,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import { toBase58 } from "@aurelius/sdk/wire";
import { Store } from "../state/store";
import type { WalletState } from "../wallet/wallets";
import { Explained, explain, explainTransaction, type Failure, fromWallet, RejectedByUser } from "./failure";
import { callRpc, type ChainInfo } from "./info";

export type Stage = "preparing" | "approve" | "sending" | "confirmed" | "declined" | "failed" | "unknown";

/** What a person sees of a transaction. */
export interface TransactionView {
  readonly id: number;
  /** “Enter Blitz № 3 with 2 warriors”. */
  readonly title: string;
  /** What it does, in words and amounts. */
  readonly lines: readonly string[];
  readonly stage: Stage;
  readonly signature?: string;
  readonly failure?: Failure;
}

export interface Plan {
  readonly title: string;
  readonly lines: readonly string[];
  instructions(): Promise<readonly Instruction[]>;
}

type Connected = Extract<WalletState, { kind: "connected" }>;

const RESEND_MS = 2_000;
const POLL_MS = 400;
/** The network's limit for one transaction. */
const UNITS_MAX = 1_400_000;
const UNITS_MARGIN = 1.1;

interface Simulation {
  readonly err: unknown;
  readonly unitsConsumed?: number;
}

export class Transactor {
  /** The last transaction, until it is put aside. */
  readonly current = new Store<TransactionView | undefined>(undefined);
  #count = 0;
  #busy = false;

  /** Whether one is under way. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Puts the outcome aside. */
  dismiss(): void {
    if (!this.#busy) this.current.set(undefined);
  }

  /** Does it; the signature once it is confirmed, or undefined with the reason in `current`. */
  async run(info: ChainInfo, wallet: Connected, plan: Plan): Promise<string | undefined> {
    if (this.#busy) return undefined;
    this.#busy = true;
    this.#count += 1;
    const { title, lines } = plan;
    this.current.set({ id: this.#count, title, lines, stage: "preparing" });
    try {
      const signature = await this.#run(info, wallet, plan);
      this.#stage({ stage: "confirmed", signature });
      return signature;
    } catch (error) {
      if (error instanceof RejectedByUser) this.#stage({ stage: "declined" });
      else if (error instanceof TimedOut) this.#stage({ stage: "unknown", failure: error.failure });
      else this.#stage({ stage: "failed", failure: explain(error) });
      return undefined;
    } finally {
      this.#busy = false;
    }
  }

  async #run(info: ChainInfo, wallet: Connected, plan: Plan): Promise<string> {
    const payer = address(wallet.account.address);
    const instructions = await plan.instructions();
    const lifetime = await latestBlockhash(info.rpc);
    const draft = compile(payer, instructions, lifetime, UNITS_MAX);
    const simulated = await simulate(info.rpc, getBase64EncodedWireTransaction(draft));
    if (simulated.err !== null)
      throw new Explained(explainTransaction(simulated.err, [BUDGET, ...instructions]));
    const units = Math.min(UNITS_MAX, Math.ceil((simulated.unitsConsumed ?? UNITS_MAX) * UNITS_MARGIN));
    const transaction = compile(payer, instructions, lifetime, units);
    this.#stage({ stage: "approve" });
    const signed = await sign(info, wallet, new Uint8Array(getTransactionEncoder().encode(transaction)));
    const signature = toBase58(signed.slice(1, 65));
    this.#stage({ stage: "sending", signature });
    await deliver(info.rpc, { signed, signature, lastHeight: lifetime.lastValidBlockHeight, instructions });
    return signature;
  }

  #stage(change: Partial<TransactionView>): void {
    this.current.update((view) => (view === undefined ? view : { ...view, ...change }));
  }
}

/** Whether it happened is not known. */
class TimedOut extends Explained {}

function compile(
  payer: Address,
  instructions: readonly Instruction[],
  { blockhash, lastValidBlockHeight }: Lifetime,
  units: number,
): ReturnType<typeof compileTransaction> {
  const constraint = {
    blockhash: blockhash as Blockhash,
    lastValidBlockHeight: BigInt(lastValidBlockHeight),
  };
  const message = pipe(
    createTransactionMessage({ version: 0 }),
    (made) => setTransactionMessageFeePayer(payer, made),
    (made) => setTransactionMessageLifetimeUsingBlockhash(constraint, made),
    (made) => setTransactionMessageComputeUnitLimit(units, made),
    (made) => appendTransactionMessageInstructions(instructions, made),
  );
  return compileTransaction(message);
}

interface Lifetime {
  readonly blockhash: string;
  /** The last block in which it may land. */
  readonly lastValidBlockHeight: number;
}

async function latestBlockhash(rpc: string): Promise<Lifetime> {
  const answer = await callRpc(rpc, "getLatestBlockhash", [{ commitment: "confirmed" }]);
  return (answer as { value: Lifetime }).value;
}

async function simulate(rpc: string, transaction: string): Promise<Simulation> {
  const options = { encoding: "base64", commitment: "confirmed", sigVerify: false };
  const answer = await callRpc(rpc, "simulateTransaction", [transaction, options]);
  return (answer as { value: Simulation }).value;
}

async function sign(
  info: ChainInfo,
  { wallet, account }: Connected,
  transaction: Uint8Array,
): Promise<Uint8Array> {
  const { signTransaction } = wallet.features["solana:signTransaction"];
  try {
    const [output] = await signTransaction({ account, chain: info.chain, transaction });
    if (output === undefined) throw new Error("the wallet gave nothing back");
    return output.signedTransaction;
  } catch (error) {
    throw fromWallet(error);
  }
}

/** What is on its way. */
interface Sending {
  readonly signed: Uint8Array;
  readonly signature: string;
  /** The last block in which it may land. */
  readonly lastHeight: number;
  readonly instructions: readonly Instruction[];
}

/** Stands for the compute budget's instruction, which comes first and is not the program's. */
const BUDGET = { programAddress: address("ComputeBudget111111111111111111111111111111") };

/** Sends until it is confirmed, fails, or can no longer land. */
async function deliver(rpc: string, { signed, signature, lastHeight, instructions }: Sending): Promise<void> {
  const wire = base64(signed);
  const send = (): Promise<unknown> =>
    callRpc(rpc, "sendTransaction", [wire, { encoding: "base64", skipPreflight: true, maxRetries: 0 }]);
  await send().catch(() => undefined);
  let sentAtMs = performance.now();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (await isConfirmed(rpc, signature, instructions)) return;
    if ((await heightOf(rpc)) > lastHeight) break;
    if (performance.now() - sentAtMs > RESEND_MS) {
      sentAtMs = performance.now();
      await send().catch(() => undefined);
    }
  }
  if (await isConfirmed(rpc, signature, instructions, true)) return;
  throw new TimedOut({
    text: "It was sent and has not arrived in time; it can no longer arrive.",
    advice: "Nothing was paid. Try again.",
  });
}

async function isConfirmed(
  rpc: string,
  signature: string,
  instructions: readonly Instruction[],
  history = false,
): Promise<boolean> {
  const options = { searchTransactionHistory: history };
  const answer = await callRpc(rpc, "getSignatureStatuses", [[signature], options]).catch(() => undefined);
  const status = (answer as { value?: ({ err: unknown; confirmationStatus?: string } | null)[] } | undefined)
    ?.value?.[0];
  if (status === undefined || status === null) return false;
  if (status.err !== null) throw new Explained(explainTransaction(status.err, [BUDGET, ...instructions]));
  return status.confirmationStatus === "confirmed" || status.confirmationStatus === "finalized";
}

async function heightOf(rpc: string): Promise<number> {
  const height = await callRpc(rpc, "getBlockHeight", [{ commitment: "confirmed" }]).catch(() => 0);
  return typeof height === "number" ? height : 0;
}

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
