/** What the wallet has in matches, what it is owed, and what can be done now or from when on. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Link } from "../view/link";
import { moneyText } from "../format/money";
import { shortKey } from "../format/short";
import { matchHref } from "../match/naming";
import { type Claim, Rescue } from "../play/rescue";
import { useClient } from "../view/client-context";
import { PageFrame } from "../view/page-frame";
import { tokenOfMint } from "../view/tokens";
import { useStore } from "../view/use-store";
import { WalletChooser } from "../view/wallet-button";

const AGAIN_MS = 6_000;

export function MyMatches(): JSX.Element {
  const client = useClient();
  const { chain, wallets } = client;
  const known = useStore(chain.state);
  const wallet = useStore(wallets.state);
  const lead =
    "Read from the chain itself: what you paid, what you are owed, and how to get it without the operator.";
  return (
    <PageFrame title="My matches" lead={lead}>
      {known.kind !== "known" ? (
        <p class="page-note">{known.kind === "asking" ? "Looking for the chain…" : `${known.reason}.`}</p>
      ) : wallet.kind !== "connected" ? (
        <p class="page-note">
          <WalletChooser />
        </p>
      ) : (
        <Claims key={wallet.account.address} rescue={new Rescue(known.info, wallet, client.transactor)} />
      )}
    </PageFrame>
  );
}

function Claims({ rescue }: { readonly rescue: Rescue }): JSX.Element {
  const { live } = useClient();
  const [claims, setClaims] = useState<readonly Claim[] | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let current = true;
    const load = (): void => {
      rescue.claims().then(
        (found) => {
          if (!current) return;
          setClaims(found);
          setError(undefined);
        },
        (trouble: unknown) =>
          current && setError(trouble instanceof Error ? trouble.message : "unknown trouble"),
      );
    };
    load();
    const timer = setInterval(load, AGAIN_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [busy]);
  if (error !== undefined) return <p class="page-note">The chain could not be read: {error}.</p>;
  if (claims === undefined) return <p class="page-note">Reading the chain…</p>;
  if (claims.length === 0) {
    return <p class="page-note">This wallet has no entry in a match that is still on chain.</p>;
  }
  return (
    <ul class="claims">
      {claims.map((claim) => {
        const token = tokenOfMint(live, claim.match.data.mint);
        return (
          <li key={claim.match.address} class="claim-card" data-status={claim.status}>
            <p class="claim-head">
              <Link class="mono linklike" href={matchHref(claim.match.address)}>
                {shortKey(claim.match.address)}
              </Link>
              <span class="tag">{claim.status}</span>
              <span class="spacer" />
              <span>paid {moneyText(claim.entry.data.paid, token)}</span>
            </p>
            <p>{claim.owed > 0n ? `Owed to you: ${moneyText(claim.owed, token)}.` : claim.note}</p>
            {claim.owed > 0n && <p class="page-note">{claim.note}</p>}
            {claim.action !== undefined && (
              <button
                type="button"
                class="button button-main"
                data-action={claim.action.kind}
                disabled={busy}
                onClick={() => {
                  setBusy(true);
                  void rescue.act(claim, moneyText(claim.owed, token)).finally(() => setBusy(false));
                }}
              >
                {claim.action.label}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
