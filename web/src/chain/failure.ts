/**
 * Why a transaction did not happen, in words, and what to do about it.
 *
 * Invariants: no library's message reaches a person (in production they are numbers); a rejection by the
 * person is no failure; a time-out is “unknown”, never “failed”.
 */
import { explain as explainByProgram } from "@aurelius/sdk/program";
import type { Instruction } from "@solana/kit";

export interface Failure {
  /** What happened. */
  readonly text: string;
  /** What to do now. */
  readonly advice: string;
}

/** The person said no in their wallet. */
export class RejectedByUser extends Error {
  override readonly name = "RejectedByUser";
}

/** A failure that is already in words. */
export class Explained extends Error {
  override readonly name = "Explained";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.text);
    this.failure = failure;
  }
}

/** Numbers of the program's errors for which there is better advice than its text (idl/aurelius.json). */
const NOTHING_PAID = "Nothing was paid. Choose another lobby.";
const ADVICE: ReadonlyMap<number, Failure> = new Map([
  [6201, { text: "The match has started meanwhile.", advice: NOTHING_PAID }],
  [6209, { text: "The time to enter is over.", advice: NOTHING_PAID }],
  [6304, { text: "All seats are taken.", advice: NOTHING_PAID }],
  [6305, { text: "There is no room for so many warriors.", advice: "Enter with fewer of them." }],
  [
    6301,
    { text: "The stake is not what this page showed.", advice: "Nothing was paid. Load the page again." },
  ],
  [
    6302,
    { text: "The rules are not what this page showed.", advice: "Nothing was paid. Load the page again." },
  ],
  [6008, { text: "New entries are paused.", advice: "Nothing was paid. Whoever is in can still leave." }],
]);

/** The failure that a simulation or a landed transaction reports: `err` of the RPC, for these instructions. */
export function explainTransaction(
  error: unknown,
  instructions: readonly Pick<Instruction, "programAddress">[],
): Failure {
  const failure = explainByProgram(error, instructions);
  switch (failure.kind) {
    case "not_enough_sol":
      return {
        text: "There is not enough SOL for the fee and the rent.",
        advice: "Add some SOL and try again.",
      };
    case "not_enough_tokens":
      return {
        text: "There are not enough tokens for the stake.",
        advice: "Add tokens or enter with fewer warriors.",
      };
    case "program":
      return (
        ADVICE.get(failure.code ?? 0) ?? {
          text: `The program refused: ${failure.message}.`,
          advice: "Nothing was changed. Look at the match again.",
        }
      );
    default:
      return /BlockhashNotFound/.test(JSON.stringify(error))
        ? { text: "The chain moved on before it was sent.", advice: "Nothing was paid. Try again." }
        : {
            text: "The chain refused the transaction.",
            advice: "Nothing was changed. Try again in a moment.",
          };
  }
}

/** What a wallet threw: rejection, or something else in words. */
export function fromWallet(error: unknown): Error {
  const code = (error as { code?: unknown } | null)?.code;
  const text = error instanceof Error ? error.message : String(error);
  if (code === 4001 || /reject|denied|declin|cancel/i.test(text)) return new RejectedByUser(text);
  if (/chain|cluster|network/i.test(text)) {
    return new Explained({
      text: "The wallet is set to another network.",
      advice: "Choose the network of this page in the wallet's settings, then try again.",
    });
  }
  return new Explained({ text: "The wallet could not sign.", advice: "Unlock it and try again." });
}

/** Any error, in words. */
export function explain(error: unknown): Failure {
  if (error instanceof Explained) return error.failure;
  const text = error instanceof Error && error.message !== "" ? error.message : "something went wrong";
  return { text: `${text.charAt(0).toUpperCase()}${text.slice(1)}.`, advice: "Try again in a moment." };
}
