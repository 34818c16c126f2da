/** What the page and its proof worker say to each other. */
import type { MatchRecord } from "@aurelius/sdk/arena";
import type { FraudProof } from "@aurelius/sdk/program";

export interface ProofQuestion {
  /** The record checked, or the record itself. */
  readonly want: "report" | "record";
  readonly rpc: string;
  readonly match: string;
}

export type Verdict = "green" | "red" | "unknown";

/** What came out of recomputing a match. */
export interface ProofReport {
  /** Everything that can be compared agrees. */
  readonly ok: boolean;
  /** By index of the checkpoint. */
  readonly verdicts: readonly Verdict[];
  /** Ticks behind green checkpoints. */
  readonly ticks: number;
  /** Computing, without waiting for the chain. */
  readonly computeMs: number;
  /** The first difference, in words. */
  readonly difference: string | undefined;
  /** What makes the program itself find the wrong segment, where there is one. */
  readonly fraud: FraudProof | undefined;
  /** Whether payouts were computed and compared. */
  readonly paid: boolean;
}

export type ProofAnswer =
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "done"; readonly report: ProofReport }
  | { readonly kind: "record"; readonly record: MatchRecord }
  | { readonly kind: "failed"; readonly reason: string };
