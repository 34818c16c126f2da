/** The button that has this browser recompute the match, and its verdict. */
import type { JSX } from "preact";
import type { WatchedMatch } from "../match/watched";
import type { ProofState } from "../proof/proofs";
import { useClient } from "./client-context";
import { CROSS, Glyph, TICK } from "./glyph";
import { useStore } from "./use-store";

export function ProofBar({ match }: { readonly match: WatchedMatch }): JSX.Element | null {
  const { proof, chain } = useClient();
  const state = useStore(proof.state);
  const known = useStore(chain.state);
  if (known.kind !== "known" || match.detail?.started_in === null || match.detail === undefined) return null;
  const mine = state.kind !== "idle" && state.match === match.key ? state : undefined;
  const verdict = mine?.kind === "done" ? String(mine.verified) : undefined;
  return (
    <div class="proof" data-verdict={verdict} data-proof={mine?.kind ?? "idle"}>
      {mine?.kind === "working" ? (
        <p role="status">
          Recomputing from the chain… {mine.total > 0 ? `${mine.done} of ${mine.total}` : ""}
        </p>
      ) : (
        <button type="button" class="button" data-action="verify" onClick={() => proof.verify(match.key)}>
          {mine === undefined ? "Verify in this browser" : "Verify again"}
        </button>
      )}
      {mine?.kind === "done" && (
        <p role="status" class="proof-verdict">
          <Glyph path={mine.verified ? TICK : CROSS} />
          {mine.verified
            ? `${mine.ticks} ticks recomputed here in ${Math.max(1, Math.round(mine.computeMs))} ms: all ${mine.agreeing} checkpoints agree with the chain.`
            : `Not proved: ${mine.difference ?? "something is missing"}.`}
        </p>
      )}
      {mine?.kind === "done" &&
        mine.notes.map((note) => (
          <p key={note} class="proof-note">
            {note}
          </p>
        ))}
      {mine?.kind === "failed" && (
        <p role="alert" class="proof-note">
          It could not be recomputed: {mine.reason}.
        </p>
      )}
      {mine?.kind === "done" && (
        <p class="proof-note">
          This page came from the operator's relay. To trust nobody, run{" "}
          <code>aurelius verify {match.key.slice(0, 8)}…</code>
        </p>
      )}
    </div>
  );
}

/** What is known of one checkpoint: agreed, not, or nothing. */
export function verdictOf(state: ProofState, match: string, index: number): boolean | undefined {
  if (state.kind !== "done" || state.match !== match) return undefined;
  if (index < state.agreeing) return true;
  return index === state.agreeing && !state.verified ? false : undefined;
}
