/**
 * One transaction from instructions to confirmation, in stages that can be shown.
 *
 * Asks the chain what it costs (compute units by simulation, the price by recent fees of the accounts
 * it writes), has it signed, and sends it again every two seconds until it lands or can no longer.
 * Invariants: nothing is sent that failed in simulation; a failure says whether the transaction can
 * still land. Absent: subscriptions; polling works behind every RPC.
 */
import {
  appendTransactionMessageInstructions,
  assertIsTransactionWithinSizeLimit,
  type Base64EncodedWireTransaction,
  type Blockhash,
  compileTransaction,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  type GetBlockHeightApi,
  type GetLatestBlockhashApi,
  type GetRecentPrioritizationFeesApi,
  getSignatureFromTransaction,
  type GetSignatureStatusesApi,
  type Instruction,
  isWritableRole,
  pipe,
  type Rpc,
  type SendTransactionApi,
  setTransactionMessageComputeUnitLimit,
  setTransactionMessageComputeUnitPrice,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  type Signature,
  signTransactionMessageWithSigners,
  type SimulateTransactionApi,
  type TransactionSigner,
} from "@solana/kit";
import { explain, TransactionFailed } from "./failure.js";

export type SendRpc = Rpc<
  GetBlockHeightApi &
    GetLatestBlockhashApi &
    GetRecentPrioritizationFeesApi &
    GetSignatureStatusesApi &
    SendTransactionApi &
    SimulateTransactionApi
>;

export type SendStage =
  /** What it needs is asked of the chain. */
  | { readonly kind: "preparing" }
  /** The signer is asked. `unitPrice` is in micro-lamports a compute unit. */
  | { readonly kind: "signing"; readonly units: number; readonly unitPrice: bigint }
  | { readonly kind: "sent"; readonly signature: Signature }
  | { readonly kind: "confirmed"; readonly signature: Signature; readonly slot: bigint };

export interface SendOptions {
  readonly onStage?: (stage: SendStage) => void;
  /** Upper bound of the price of a compute unit, in micro-lamports. */
  readonly unitPriceMax?: bigint;
  readonly signal?: AbortSignal;
}

const UNIT_PRICE_MAX = 100_000n;
const UNITS_MAX = 1_400_000;
const POLL_MS = 400;
const RESEND_MS = 2_000;
/** An RPC that fails this long after the transaction was sent is given up. */
const SILENCE_MS = 30_000;

/** Sends `instructions` as one transaction that `payer` pays and signs; answers once it is confirmed. */
export async function send(
  rpc: SendRpc,
  payer: TransactionSigner,
  instructions: readonly Instruction[],
  options: SendOptions = {},
): Promise<Signature> {
  const stage = options.onStage ?? (() => undefined);
  try {
    stage({ kind: "preparing" });
    const { value: lifetime } = await rpc.getLatestBlockhash({ commitment: "confirmed" }).send();
    const [units, unitPrice] = await Promise.all([
      unitsNeeded(rpc, payer, instructions, lifetime),
      priceNow(rpc, instructions, options.unitPriceMax ?? UNIT_PRICE_MAX),
    ]);
    stage({ kind: "signing", units, unitPrice });
    const signed = await signTransactionMessageWithSigners(
      message(payer, instructions, lifetime, units, unitPrice),
    );
    assertIsTransactionWithinSizeLimit(signed);
    const signature = getSignatureFromTransaction(signed);
    const slot = await land(rpc, getBase64EncodedWireTransaction(signed), {
      signature,
      lastValidBlockHeight: lifetime.lastValidBlockHeight,
      sent: () => stage({ kind: "sent", signature }),
      failed: (error) => explain(error, withBudget(instructions)),
      signal: options.signal,
    });
    stage({ kind: "confirmed", signature, slot });
    return signature;
  } catch (error) {
    if (error instanceof TransactionFailed || options.signal?.aborted === true) throw error;
    throw new TransactionFailed(explain(error, withBudget(instructions)), [], error);
  }
}

interface Lifetime {
  readonly blockhash: Blockhash;
  readonly lastValidBlockHeight: bigint;
}

function message(
  payer: TransactionSigner,
  instructions: readonly Instruction[],
  lifetime: Lifetime,
  units: number,
  unitPrice: bigint,
) {
  return pipe(
    createTransactionMessage({ version: 0 }),
    (m) => setTransactionMessageFeePayerSigner(payer, m),
    (m) => setTransactionMessageLifetimeUsingBlockhash(lifetime, m),
    (m) => setTransactionMessageComputeUnitLimit(units, m),
    (m) => setTransactionMessageComputeUnitPrice(unitPrice, m),
    (m) => appendTransactionMessageInstructions(instructions, m),
  );
}

/** As `message` orders them: limit and price come first. */
function withBudget(instructions: readonly Instruction[]): Pick<Instruction, "programAddress">[] {
  const budget = {
    programAddress: "ComputeBudget111111111111111111111111111111" as Instruction["programAddress"],
  };
  return [budget, budget, ...instructions];
}

/** Compute units by simulation, and a tenth more. Throws what the transaction would fail with. */
async function unitsNeeded(
  rpc: SendRpc,
  payer: TransactionSigner,
  instructions: readonly Instruction[],
  lifetime: Lifetime,
): Promise<number> {
  const unsigned = compileTransaction(message(payer, instructions, lifetime, UNITS_MAX, 0n));
  const { value } = await rpc
    .simulateTransaction(getBase64EncodedWireTransaction(unsigned), {
      commitment: "confirmed",
      encoding: "base64",
      sigVerify: false,
    })
    .send();
  if (value.err !== null) {
    throw new TransactionFailed(explain(value.err, withBudget(instructions)), value.logs ?? [], value.err);
  }
  const used = Number(value.unitsConsumed ?? BigInt(UNITS_MAX));
  return Math.min(UNITS_MAX, Math.ceil(used * 1.1) + 500);
}

/** The third quartile of what was paid lately for the accounts that are written, bounded. */
async function priceNow(rpc: SendRpc, instructions: readonly Instruction[], max: bigint): Promise<bigint> {
  const written = new Set(
    instructions
      .flatMap(({ accounts }) => (accounts ?? []).filter(({ role }) => isWritableRole(role)))
      .map(({ address }) => address),
  );
  const fees = await rpc.getRecentPrioritizationFees([...written].slice(0, 128)).send();
  const paid = fees.map(({ prioritizationFee }) => prioritizationFee).sort((a, b) => (a < b ? -1 : 1));
  const quartile = paid[Math.floor(paid.length * 0.75)] ?? 0n;
  return quartile < max ? quartile : max;
}

interface Landing {
  readonly signature: Signature;
  readonly lastValidBlockHeight: bigint;
  readonly sent: () => void;
  readonly failed: (error: unknown) => ReturnType<typeof explain>;
  readonly signal: AbortSignal | undefined;
}

/** Sends until the transaction is confirmed; answers its slot. */
async function land(rpc: SendRpc, wire: Base64EncodedWireTransaction, landing: Landing): Promise<bigint> {
  let sentAtMs = Number.NEGATIVE_INFINITY;
  let heardAtMs = Date.now();
  let sent = false;
  for (;;) {
    landing.signal?.throwIfAborted();
    try {
      if (Date.now() - sentAtMs >= RESEND_MS) {
        await rpc.sendTransaction(wire, { encoding: "base64", skipPreflight: true, maxRetries: 0n }).send();
        sentAtMs = Date.now();
        if (!sent) landing.sent();
        sent = true;
      }
      await pause(POLL_MS);
      const slot = await landedSlot(rpc, landing);
      if (slot !== undefined) return slot;
      heardAtMs = Date.now();
    } catch (error) {
      if (error instanceof TransactionFailed || !sent) throw error;
      if (Date.now() - heardAtMs > SILENCE_MS) throw new TransactionFailed(OUTCOME_UNKNOWN, [], error);
      await pause(POLL_MS);
    }
  }
}

const OUTCOME_UNKNOWN = {
  kind: "unknown_outcome",
  message: "the chain's RPC stopped answering: the transaction may have landed, look it up by its signature",
} as const;

/** The slot of a transaction that is confirmed. Throws where it failed or can no longer land. */
async function landedSlot(rpc: SendRpc, landing: Landing): Promise<bigint | undefined> {
  const { signature, lastValidBlockHeight } = landing;
  const height = await rpc.getBlockHeight({ commitment: "confirmed" }).send();
  const { value } = await rpc.getSignatureStatuses([signature]).send();
  const status = value[0];
  if (status?.err != null) throw new TransactionFailed(landing.failed(status.err), [], status.err);
  if (status?.confirmationStatus === "confirmed" || status?.confirmationStatus === "finalized")
    return status.slot;
  if (status == null && height > lastValidBlockHeight) {
    throw new TransactionFailed({
      kind: "expired",
      message: "the transaction did not land in time: sign it anew",
    });
  }
  return undefined;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
