/**
 * Why a transaction failed, in words and with what to do.
 *
 * Never shows the message of kit's own errors: in production builds those are numbers alone. Custom
 * codes belong to the program whose instruction failed, so the instructions are asked for.
 */
import {
  type Address,
  type Instruction,
  isSolanaError,
  SOLANA_ERROR__BLOCK_HEIGHT_EXCEEDED,
  SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
  SOLANA_ERROR__TRANSACTION_ERROR__INSUFFICIENT_FUNDS_FOR_FEE,
  SOLANA_ERROR__TRANSACTION_ERROR__INSUFFICIENT_FUNDS_FOR_RENT,
} from "@solana/kit";
import {
  AURELIUS_PROGRAM_ADDRESS,
  AureliusErrorCode,
  type AureliusErrorName,
  getAureliusErrorMessage,
} from "../generated/index.js";

export type FailureKind =
  /** The program refused: `name` says which of its errors. */
  | "program"
  | "not_enough_sol"
  | "not_enough_tokens"
  /** The person said no in the wallet. */
  | "rejected"
  /** It can no longer land: sign anew. */
  | "expired"
  /** It may still have landed: look the signature up before offering it again. */
  | "unknown_outcome"
  | "network"
  | "other";

export interface Failure {
  readonly kind: FailureKind;
  /** The program's error, for kind `program`. */
  readonly name?: AureliusErrorName;
  readonly code?: number;
  /** A sentence without a full stop. */
  readonly message: string;
}

/** A transaction that did not do what it should. */
export class TransactionFailed extends Error {
  override readonly name = "TransactionFailed";
  readonly failure: Failure;
  readonly logs: readonly string[];

  constructor(failure: Failure, logs: readonly string[] = [], cause?: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
    this.logs = logs;
  }
}

/** The program's error with this number, if it is one. */
export function programErrorName(code: number): AureliusErrorName | undefined {
  return (Object.keys(AureliusErrorCode) as AureliusErrorName[]).find(
    (name) => AureliusErrorCode[name] === code,
  );
}

/**
 * What `error` means: something thrown by kit, a wallet or this package, or the `err` of a
 * transaction's status. `instructions` are those of the transaction, in their order, budget included.
 */
export function explain(
  error: unknown,
  instructions: readonly Pick<Instruction, "programAddress">[] = [],
): Failure {
  if (error instanceof TransactionFailed) return error.failure;
  const custom = customCode(error);
  if (custom !== undefined) return explainCustom(custom.code, instructions[custom.index]?.programAddress);
  if (isSolanaError(error, SOLANA_ERROR__BLOCK_HEIGHT_EXCEEDED)) {
    return { kind: "expired", message: "the transaction did not land in time: sign it anew" };
  }
  if (
    isSolanaError(error, SOLANA_ERROR__TRANSACTION_ERROR__INSUFFICIENT_FUNDS_FOR_FEE) ||
    isSolanaError(error, SOLANA_ERROR__TRANSACTION_ERROR__INSUFFICIENT_FUNDS_FOR_RENT) ||
    (typeof error === "string" ? error : nameOf(error)).startsWith("InsufficientFundsFor")
  ) {
    return NOT_ENOUGH_SOL;
  }
  if (isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR) || error instanceof TypeError) {
    return { kind: "network", message: "the chain's RPC does not answer" };
  }
  if (isRejection(error)) return { kind: "rejected", message: "the signature was refused in the wallet" };
  if (nameOf(error) === "AccountNotFound") return NOT_ENOUGH_SOL;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause !== undefined) return explain(cause, instructions);
  return { kind: "other", message: `the transaction failed: ${textOf(error)}` };
}

const NOT_ENOUGH_SOL: Failure = {
  kind: "not_enough_sol",
  message: "there is not enough SOL for the fee and the rent, which comes back",
};

function explainCustom(code: number, program: Address | undefined): Failure {
  const name = programErrorName(code);
  if (name !== undefined && (program === undefined || program === AURELIUS_PROGRAM_ADDRESS)) {
    return { kind: "program", name, code, message: getAureliusErrorMessage(AureliusErrorCode[name]) };
  }
  // Token and system program both count "not enough" as 1; inside ours it is the stake's transfer.
  if (code === 1) {
    return program === undefined || program === AURELIUS_PROGRAM_ADDRESS
      ? { kind: "not_enough_tokens", code, message: "there are not enough tokens for the stake" }
      : NOT_ENOUGH_SOL;
  }
  // Anchor's `AccountNotInitialized`: a token account that is not there holds nothing.
  if (code === 3012) {
    return {
      kind: "not_enough_tokens",
      code,
      message: "an account is missing: the wallet holds none of this token",
    };
  }
  return {
    kind: "other",
    code,
    message: `an instruction failed with error ${code} of ${program ?? "some program"}`,
  };
}

/** The custom code of a failed instruction and which instruction it was. */
function customCode(error: unknown): { readonly code: number; readonly index: number } | undefined {
  if (isSolanaError(error, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM)) {
    const { code, index } = error.context as { code: number | bigint; index: number | bigint };
    return { code: Number(code), index: Number(index) };
  }
  const pair = (error as { InstructionError?: unknown } | null)?.InstructionError;
  if (!Array.isArray(pair)) return undefined;
  const code = (pair[1] as { Custom?: unknown } | null)?.Custom;
  return code === undefined ? undefined : { code: Number(code), index: Number(pair[0]) };
}

/** EIP-1193's number, which Solana's wallets use, or the word that they all have in their sentence. */
function isRejection(error: unknown): boolean {
  if ((error as { code?: unknown } | null)?.code === 4001) return true;
  return error instanceof Error && /reject|denied|declin|cancel/i.test(`${error.name} ${error.message}`);
}

function nameOf(error: unknown): string {
  if (typeof error === "string") return error;
  return typeof error === "object" && error !== null ? (Object.keys(error)[0] ?? "") : "";
}

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return JSON.stringify(error, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}
