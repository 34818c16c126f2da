/** The wallet: which there are, which one is connected, with which account. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Link } from "./link";
import { shortKey } from "../format/short";
import type { PlayableWallet } from "../wallet/wallets";
import { useClient } from "./client-context";
import { useStore } from "./use-store";

/** In the masthead. */
export function WalletButton(): JSX.Element | null {
  const { chain, wallets } = useClient();
  const known = useStore(chain.state);
  const state = useStore(wallets.state);
  const [open, setOpen] = useState(false);
  // Its room is kept, so that nothing jumps when the chain is known.
  if (known.kind !== "known") return <span class="wallet-room" aria-hidden="true" />;
  if (state.kind === "connecting") return <span class="wallet">Connecting…</span>;
  if (state.kind !== "connected") return <WalletChooser />;
  const { accounts, account, wallet } = state;
  return (
    <details class="wallet-menu" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="wallet" data-wallet={account.address}>
        <img src={wallet.icon} alt="" width="18" height="18" />
        <span class="mono">{shortKey(account.address)}</span>
      </summary>
      <div class="wallet-sheet">
        <p class="caption">{wallet.name}</p>
        {accounts.map((one) => (
          <button
            key={one.address}
            type="button"
            class="wallet-line"
            aria-pressed={one.address === account.address}
            onClick={() => {
              wallets.choose(one.address);
              setOpen(false);
            }}
          >
            <span class="mono">{shortKey(one.address, 6, 6)}</span>
            {one.label !== undefined && <span>{one.label}</span>}
          </button>
        ))}
        <Link class="wallet-line" href={`/player/${account.address}`}>
          My record
        </Link>
        <SignInLine />
        <button type="button" class="wallet-line" onClick={() => void wallets.disconnect()}>
          Disconnect
        </button>
      </div>
    </details>
  );
}

/** Making the wallet known to the relay, which nobody needs in order to play. */
function SignInLine(): JSX.Element {
  const { signIn, game } = useClient();
  const state = useStore(signIn.state);
  const seat = useStore(game.seat);
  if (state.kind === "in") {
    return (
      <button type="button" class="wallet-line" data-sign-in="in" onClick={() => signIn.out()}>
        Signed in at this relay: sign out
      </button>
    );
  }
  if (!signIn.possible) {
    return (
      <p class="wallet-none" data-sign-in="impossible">
        This wallet signs no messages. It needs none: what you enter is played by a key of this browser.
      </p>
    );
  }
  const playing = seat.kind === "playing";
  return (
    <>
      <button
        type="button"
        class="wallet-line"
        data-sign-in={state.kind}
        disabled={state.kind === "asking" || playing}
        title={playing ? "After the match: it is played on this connection" : undefined}
        onClick={() => void signIn.ask()}
      >
        {state.kind === "asking" ? "Approve in the wallet…" : "Sign in at this relay"}
      </button>
      {state.kind === "out" && state.trouble !== undefined && (
        <p class="entry-error" role="alert">
          {state.trouble}
        </p>
      )}
    </>
  );
}

interface WalletChooserProps {
  /** As a link within a sentence. */
  readonly quiet?: boolean;
}

/** Connects one of the wallets of this browser. */
export function WalletChooser({ quiet = false }: WalletChooserProps): JSX.Element {
  const { wallets } = useClient();
  const list = useStore(wallets.list);
  const trouble = useStore(wallets.trouble);
  // What goes wrong is kept by the service: this list is gone while it connects.
  const connect = (wallet: PlayableWallet): void => void wallets.connect(wallet).catch(() => undefined);
  return (
    <details class="wallet-menu" data-quiet={quiet || undefined} open={trouble !== undefined}>
      <summary class={quiet ? "linklike" : "wallet"}>
        {quiet ? "Use a wallet of your own" : "Connect a wallet"}
      </summary>
      <div class="wallet-sheet">
        {list.length === 0 && (
          <p class="wallet-none">
            No wallet for this network is in this browser. Any Solana wallet with the Wallet Standard will do.
          </p>
        )}
        {list.map((wallet) => (
          <button key={wallet.name} type="button" class="wallet-line" onClick={() => connect(wallet)}>
            <img src={wallet.icon} alt="" width="18" height="18" />
            {wallet.name}
          </button>
        ))}
        {trouble !== undefined && (
          <p class="entry-error" role="alert">
            {trouble}
          </p>
        )}
      </div>
    </details>
  );
}
