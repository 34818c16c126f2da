/** The last transaction: what it does, how far it is, and how it ended. One place, which changes. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Stage, TransactionView } from "../chain/transact";
import { useClient } from "./client-context";
import { CROSS, Glyph } from "./glyph";
import { SignatureLink } from "./signature-link";
import { useStore } from "./use-store";

/** Good news goes by itself. */
const CONFIRMED_MS = 8_000;

const STEPS: readonly (readonly [Stage, string])[] = [
  ["preparing", "Prepare"],
  ["approve", "Approve"],
  ["sending", "Send"],
  ["confirmed", "Confirmed"],
];

export function TransactionToast(): JSX.Element | null {
  const { transactor } = useClient();
  const view = useStore(transactor.current);
  const confirmed = view?.stage === "confirmed";
  useEffect(() => {
    if (!confirmed) return;
    const timer = setTimeout(() => transactor.dismiss(), CONFIRMED_MS);
    return () => clearTimeout(timer);
  }, [confirmed, transactor]);
  if (view === undefined) return null;
  const at = STEPS.findIndex(([stage]) => stage === view.stage);
  const over = view.stage !== "preparing" && view.stage !== "approve" && view.stage !== "sending";
  return (
    <section class="toast" data-stage={view.stage} aria-label="Transaction">
      <div class="toast-head">
        <h2 class="toast-title">{view.title}</h2>
        {over && (
          <button type="button" class="toast-close" aria-label="Close" onClick={() => transactor.dismiss()}>
            <Glyph path={CROSS} />
          </button>
        )}
      </div>
      {!over && view.lines.map((line) => <p key={line}>{line}</p>)}
      {at >= 0 && (
        <ol class="toast-steps">
          {STEPS.map(([stage, name], index) => (
            <li
              key={stage}
              data-state={index < at || view.stage === "confirmed" ? "done" : index === at ? "now" : "ahead"}
            >
              {name}
            </li>
          ))}
        </ol>
      )}
      <p role="status" class="toast-status">
        {statusText(view)}
      </p>
      {view.failure !== undefined && <p class="toast-advice">{view.failure.advice}</p>}
      {view.signature !== undefined && (
        <SignatureLink signature={view.signature} what="transaction signature" head={6} tail={6} />
      )}
    </section>
  );
}

function statusText(view: TransactionView): string {
  switch (view.stage) {
    case "preparing":
      return "Checking that it will work…";
    case "approve":
      return "Approve it in your wallet.";
    case "sending":
      return "On its way to the chain…";
    case "confirmed":
      return "Confirmed on chain.";
    case "declined":
      return "You declined it. Nothing was paid.";
    case "unknown":
    case "failed":
      return view.failure?.text ?? "It did not work.";
  }
}
