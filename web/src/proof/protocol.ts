/** What the page and its proof worker say to each other. */
export interface ProofQuestion {
  readonly rpc: string;
  readonly match: string;
}

export type ProofAnswer =
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | {
      readonly kind: "done";
      readonly verified: boolean;
      readonly agreeing: number;
      readonly ticks: number;
      readonly computeMs: number;
      readonly difference: string | undefined;
      readonly notes: readonly string[];
    }
  | { readonly kind: "failed"; readonly reason: string };
