/**
 * Whether the chain's record of a match recomputes to the same hashes, found out here.
 *
 * The work is done in a worker, from the chain's RPC alone; the relay is not asked. Invariant: green is said only
 * when every digest, key, leaf and payout agrees; anything else is said with its first difference.
 */
import type { Chain } from "../chain/info";
import { Store } from "../state/store";
import type { MatchRecord } from "@aurelius/sdk/arena";
import type { ProofAnswer, ProofQuestion, ProofReport } from "./protocol";

export type ProofState =
  | { readonly kind: "idle" }
  | { readonly kind: "working"; readonly match: string; readonly done: number; readonly total: number }
  | { readonly kind: "done"; readonly match: string; readonly report: ProofReport }
  | { readonly kind: "failed"; readonly match: string; readonly reason: string };

export class Proofs {
  readonly state = new Store<ProofState>({ kind: "idle" });
  readonly #chain: Chain;
  #worker: Worker | undefined;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** Recomputes `match`. */
  verify(match: string): void {
    const { value } = this.#chain.state;
    if (value.kind !== "known") {
      this.state.set({ kind: "failed", match, reason: "the chain is not known yet" });
      return;
    }
    this.#worker?.terminate();
    const worker = proofWorker();
    this.#worker = worker;
    this.state.set({ kind: "working", match, done: 0, total: 0 });
    worker.onmessage = ({ data }: MessageEvent<ProofAnswer>) => {
      if (data.kind === "progress") {
        this.state.set({ kind: "working", match, done: data.done, total: data.total });
        return;
      }
      if (data.kind !== "record") this.state.set({ ...data, match });
      worker.terminate();
    };
    worker.onerror = () => {
      this.state.set({ kind: "failed", match, reason: "the worker could not run" });
      worker.terminate();
    };
    worker.postMessage({ want: "report", rpc: value.info.rpc, match } satisfies ProofQuestion);
  }
}

/** Reads everything about `match` from the chain, away from the page's own thread. */
export function readInWorker(
  rpc: string,
  match: string,
  onProgress: (done: number, total: number) => void,
): Promise<MatchRecord> {
  const worker = proofWorker();
  const read = new Promise<MatchRecord>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<ProofAnswer>) => {
      if (data.kind === "progress") onProgress(data.done, data.total);
      else if (data.kind === "record") resolve(data.record);
      else reject(new Error(data.kind === "failed" ? data.reason : "the worker answered something else"));
    };
    worker.onerror = () => reject(new Error("the worker could not run"));
    worker.postMessage({ want: "record", rpc, match } satisfies ProofQuestion);
  });
  return read.finally(() => worker.terminate());
}

function proofWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}
