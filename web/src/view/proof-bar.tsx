/** The button that has this browser recompute the match, and its verdict. */
import type { FraudProof } from "@aurelius/sdk/program";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { WatchedMatch } from "../match/watched";
import type { ProofState } from "../proof/proofs";
import type { ProofReport } from "../proof/protocol";
import { punish } from "../proof/punishment";
import { useClient } from "./client-context";
import { CROSS, Glyph, TICK } from "./glyph";
import { useStore } from "./use-store";
import { WalletChooser } from "./wallet-button";

export function ProofBar({ match }: { readonly match: WatchedMatch }): JSX.Element | null {
  const { proof, chain } = useClient();
  const state = useStore(proof.state);
  const known = useStore(chain.state);
  if (known.kind !== "known" || match.detail === undefined || match.detail.checkpoints.length === 0)
    return null;
  const mine = state.kind !== "idle" && state.match === match.key ? state : undefined;
  const report = mine?.kind === "done" ? mine.report : undefined;
  return (
    <div class="proof" data-verdict={report?.ok} data-proof={mine?.kind ?? "idle"}>
      {mine?.kind === "working" ? (
        <p role="status">Reading the chain… {mine.total > 0 ? `${mine.done} of ${mine.total}` : ""}</p>
      ) : (
        <button type="button" class="button" data-action="verify" onClick={() => proof.verify(match.key)}>
          {mine === undefined ? "Verify in this browser" : "Verify again"}
        </button>
      )}
      {report !== undefined && (
        <p role="status" class="proof-verdict">
          <Glyph path={report.ok ? TICK : CROSS} />
          {verdictText(report)}
        </p>
      )}
      {mine?.kind === "failed" && (
        <p role="alert" class="proof-note">
          It could not be recomputed: {mine.reason}.
        </p>
      )}
      {report?.fraud !== undefined && <ProveLie match={match.key} fraud={report.fraud} />}
      {report !== undefined && (
        <p class="proof-note">
          Computed from the chain's own record; the relay was not asked. Yet this page came from it: whoever
          trusts nobody runs <code>aurelius verify</code>.
        </p>
      )}
    </div>
  );
}

interface ProveLieProps {
  readonly match: string;
  readonly fraud: FraudProof;
}

/** One press: the program steps the segment itself, voids the match and shares the operator's bond. */
function ProveLie({ match, fraud }: ProveLieProps): JSX.Element {
  const { chain, wallets, transactor } = useClient();
  const known = useStore(chain.state);
  const wallet = useStore(wallets.state);
  const [state, setState] = useState<"free" | "busy" | "proven">("free");
  if (wallet.kind !== "connected" || known.kind !== "known") {
    return (
      <div class="proof-note">
        This can be proved to the program, which then gives all stakes back and part of the operator's bond to
        whoever proves it. <WalletChooser />
      </div>
    );
  }
  const press = (): void => {
    setState("busy");
    void punish({ info: known.info, wallet, transactor }, match, fraud).then((done) =>
      setState(done ? "proven" : "free"),
    );
  };
  return state === "proven" ? (
    <p role="status" class="proof-note" data-proven>
      The program has found the lie itself: the match is void, the stakes go back, and the bond is shared.
    </p>
  ) : (
    <button
      type="button"
      class="button button-main"
      data-action="prove-fraud"
      disabled={state === "busy"}
      onClick={press}
    >
      Prove it to the program
    </button>
  );
}

function verdictText(report: ProofReport): string {
  if (!report.ok) return `Wrong. ${report.difference ?? "The record does not agree with itself"}.`;
  const time = Math.max(1, Math.round(report.computeMs));
  const money = report.paid ? ", and the payouts are what the rules give" : "";
  return `${report.ticks} ticks recomputed here in ${time} ms: all ${report.verdicts.length} checkpoints agree${money}.`;
}

/** What is known of one checkpoint: green, red, or nothing. */
export function verdictOf(state: ProofState, match: string, index: number): "green" | "red" | undefined {
  const verdict = state.kind === "done" && state.match === match ? state.report.verdicts[index] : undefined;
  return verdict === "unknown" ? undefined : verdict;
}
