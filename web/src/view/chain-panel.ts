/**
 * What of the match is on chain: its milestones and its checkpoints.
 *
 * Each checkpoint shows its index, the digest the program stored and the transaction that put it
 * there. Absent: checking them; a proof panel will do that beside each row.
 */
import { clockText } from "../format/time";
import type { WatchedMatch } from "../match/watched";
import type { CheckpointInfo } from "@aurelius/sdk/wire";
import { CopyText } from "./copy";
import { element, KeyedList, setAttribute, setHidden, setText, type Row } from "./element";

interface Milestone {
  readonly name: string;
  readonly signature: string;
}

/** The strip draws at most this many marks; a Siege has more checkpoints than pixels. */
const MARKS_MAX = 60;

export class ChainPanel {
  readonly root: HTMLElement;
  readonly #note: HTMLElement;
  readonly #marks: HTMLElement;
  readonly #checkpoints: KeyedList<CheckpointInfo>;
  readonly #milestones: KeyedList<Milestone>;
  readonly #empty: HTMLElement;

  constructor() {
    this.#note = element("span", { class: "panel-note" });
    this.#marks = element("div", { class: "marks", "aria-hidden": "true" });
    this.#empty = element("p", { class: "panel-empty" });
    const checkpoints = element("ol", { class: "checkpoints" });
    const milestones = element("ul", { class: "milestones" });
    this.#checkpoints = new KeyedList<CheckpointInfo>(
      checkpoints,
      (checkpoint) => String(checkpoint.index),
      makeCheckpoint,
    );
    this.#milestones = new KeyedList<Milestone>(milestones, (milestone) => milestone.name, makeMilestone);
    this.root = element(
      "section",
      { class: "panel", "data-panel": "chain" },
      element("div", { class: "panel-head" }, element("h2", { class: "caption" }, "Checkpoints"), this.#note),
      this.#marks,
      element(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Checkpoints and transactions" },
        this.#empty,
        checkpoints,
        milestones,
      ),
    );
  }

  update(match: WatchedMatch): void {
    const { detail, rules } = match;
    const all = detail?.checkpoints ?? [];
    const landed = all.filter((checkpoint) => checkpoint.posted_in !== null).length;
    const expected = Math.max(all.length, match.isOver ? 0 : (rules?.checkpointCount ?? 0));
    setText(this.#note, expected === 0 ? "" : `${landed} of ${expected} on chain`);
    this.#updateMarks(all, expected);
    setHidden(this.#empty, all.length > 0);
    setText(
      this.#empty,
      match.snapshot === undefined
        ? "Checkpoints appear once the match runs."
        : `The first checkpoint is due at ${clockText(rules?.checkpointTicks ?? 0)}.`,
    );
    this.#checkpoints.update([...all].reverse());
    this.#milestones.update(milestonesOf(match));
  }

  #updateMarks(all: readonly CheckpointInfo[], expected: number): void {
    const count = Math.min(MARKS_MAX, expected);
    setHidden(this.#marks, count === 0);
    while (this.#marks.childElementCount > count) this.#marks.lastElementChild?.remove();
    while (this.#marks.childElementCount < count) this.#marks.append(element("i"));
    const state = new Map(
      all.map((checkpoint) => [checkpoint.index, checkpoint.posted_in === null ? "pending" : "landed"]),
    );
    Array.from(this.#marks.children).forEach((mark, position) => {
      // A mark that stands for several checkpoints shows the last of them.
      const index = Math.ceil(((position + 1) * expected) / count) - 1;
      setAttribute(mark, "data-state", state.get(index));
    });
  }
}

function milestonesOf(match: WatchedMatch): Milestone[] {
  const { detail } = match;
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

function makeCheckpoint(): Row<CheckpointInfo> {
  const index = element("span", { class: "checkpoint-index" });
  const digest = new CopyText("checkpoint digest");
  const transaction = new CopyText("transaction signature");
  const pending = element("span", { class: "checkpoint-pending" }, "posting…");
  const root = element(
    "li",
    { class: "checkpoint" },
    index,
    digest.root,
    element("span", { class: "spacer" }),
    transaction.root,
    pending,
  );
  return {
    root,
    update: (checkpoint) => {
      setText(index, String(checkpoint.index));
      setAttribute(index, "title", `covers the match up to ${clockText(checkpoint.tick)}`);
      digest.update(checkpoint.digest, 8, 6);
      const landed = checkpoint.posted_in !== null;
      setAttribute(root, "data-state", landed ? "landed" : "pending");
      setHidden(pending, landed);
      setHidden(transaction.root, !landed);
      if (checkpoint.posted_in !== null) transaction.update(checkpoint.posted_in, 5, 5);
    },
  };
}

function makeMilestone(): Row<Milestone> {
  const name = element("span", { class: "milestone-name" });
  const transaction = new CopyText("transaction signature");
  return {
    root: element("li", { class: "milestone" }, name, element("span", { class: "spacer" }), transaction.root),
    update: (milestone) => {
      setText(name, milestone.name);
      transaction.update(milestone.signature, 5, 5);
    },
  };
}
