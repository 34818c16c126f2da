/**
 * What of the match is on chain, and whether this browser has recomputed it.
 *
 * Each checkpoint shows its index, the digest the program stored, the transaction that put it there, and after
 * “Verify” a verdict of this browser's own.
 */
import type { CheckpointInfo } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { clockText } from "../format/time";
import type { WatchedMatch } from "../match/watched";
import { Copy } from "./copy";
import { ProofBar, verdictOf } from "./proof-bar";
import { SignatureLink } from "./signature-link";
import { useClient } from "./client-context";
import { useStore } from "./use-store";
import { CROSS, Glyph, TICK } from "./glyph";

interface Milestone {
  readonly name: string;
  readonly signature: string;
}

/** The strip draws at most this many marks; a Siege has more checkpoints than pixels. */
const MARKS_MAX = 60;

export function ChainPanel({ match }: { readonly match: WatchedMatch }): JSX.Element {
  const { proof: proofs, live } = useClient();
  const proof = useStore(proofs.state);
  const { detail, snapshot, isOver } = match;
  // A replay's verdicts come while it runs; nothing else is shown, and none of it is changed once made.
  const judged = live.replay?.verdicts.filter((verdict) => verdict !== undefined).length;
  const shown = [match, detail, proof, snapshot === undefined, isOver, live.replay, judged];
  return useMemo(() => <Chain match={match} />, shown);
}

function Chain({ match }: { readonly match: WatchedMatch }): JSX.Element {
  const { detail, rules } = match;
  const { proof: proofs, live } = useClient();
  const proof = proofs.state.value;
  const all = detail?.checkpoints ?? [];
  const landed = all.filter((checkpoint) => checkpoint.posted_in !== null).length;
  const expected = Math.max(all.length, match.isOver ? 0 : (rules?.checkpointCount ?? 0));
  return (
    <section class="panel" data-panel="chain">
      <div class="panel-head">
        <h2 class="caption">Checkpoints</h2>
        <span class="panel-note">{expected === 0 ? "" : `${landed} of ${expected} on chain`}</span>
      </div>
      <ProofBar match={match} />
      {expected > 0 && <Marks all={all} expected={expected} />}
      <div class="scroll" tabIndex={0} role="region" aria-label="Checkpoints and transactions">
        {all.length === 0 && (
          <p class="panel-empty">
            {match.snapshot === undefined
              ? "Checkpoints appear once the match runs."
              : `The first checkpoint is due at ${clockText(rules?.checkpointTicks ?? 0)}.`}
          </p>
        )}
        <ol class="checkpoints">
          {[...all].reverse().map((checkpoint) => (
            <Checkpoint
              key={checkpoint.index}
              checkpoint={checkpoint}
              verdict={
                verdictOf(proof, match.key, checkpoint.index) ?? told(live.replay?.verdicts[checkpoint.index])
              }
            />
          ))}
        </ol>
        <ul class="milestones">
          {milestonesOf(match).map(({ name, signature }) => (
            <li key={name} class="milestone">
              <span class="milestone-name">{name}</span>
              <span class="spacer" />
              <SignatureLink signature={signature} what="transaction signature" />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

interface MarksProps {
  readonly all: readonly CheckpointInfo[];
  readonly expected: number;
}

function Marks({ all, expected }: MarksProps): JSX.Element {
  const count = Math.min(MARKS_MAX, expected);
  const state = new Map(
    all.map(({ index, posted_in }) => [index, posted_in === null ? "pending" : "landed"]),
  );
  return (
    <div class="marks" aria-hidden="true">
      {Array.from({ length: count }, (_, position) => (
        // A mark that stands for several checkpoints shows the last of them.
        <i key={position} data-state={state.get(Math.ceil(((position + 1) * expected) / count) - 1)} />
      ))}
    </div>
  );
}

interface CheckpointProps {
  readonly checkpoint: CheckpointInfo;
  readonly verdict: "green" | "red" | undefined;
}

function Checkpoint({ checkpoint, verdict }: CheckpointProps): JSX.Element {
  const { index, tick, digest, posted_in: postedIn } = checkpoint;
  return (
    <li class="checkpoint" data-state={postedIn === null ? "pending" : "landed"} data-verdict={verdict}>
      <span class="checkpoint-index" title={`covers the match up to ${clockText(tick)}`}>
        {index}
      </span>
      <Copy text={digest} what="checkpoint digest" head={8} tail={6} />
      <span class="spacer" />
      {postedIn === null ? (
        <span class="checkpoint-pending">posting…</span>
      ) : (
        <SignatureLink signature={postedIn} what="transaction signature" />
      )}
      {verdict !== undefined && (
        <span
          class="verdict"
          role="img"
          aria-label={verdict === "green" ? "recomputed here and equal" : "not what this browser computed"}
        >
          <Glyph path={verdict === "green" ? TICK : CROSS} />
        </span>
      )}
    </li>
  );
}

/** What the replay has found so far, where it has. */
function told(verdict: "green" | "red" | "unknown" | undefined): "green" | "red" | undefined {
  return verdict === "unknown" ? undefined : verdict;
}

function milestonesOf({ detail }: WatchedMatch): Milestone[] {
  if (detail === undefined) return [];
  const found: [string, string | null | undefined][] = [
    ["Finalised", detail.result?.finalized_in],
    ["Result posted", detail.result?.proposed_in],
    ["Seed revealed, started", detail.started_in],
    ["Locked, randomness committed", detail.locked_in],
    ["Created", detail.created_in],
  ];
  return found.flatMap(([name, signature]) => (typeof signature === "string" ? [{ name, signature }] : []));
}
