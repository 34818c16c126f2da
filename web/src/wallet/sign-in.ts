/**
 * The connected wallet, made known to the relay.
 *
 * A press asks the wallet for one signature under a text; from then on the relay counts this page as that wallet: it
 * says at once when it is banned, before anything is paid, and plays its entries as its own. Nothing needs it: a
 * wallet that signs no texts, as most hardware wallets, plays by the session keys of its entries. Invariant: nobody
 * is asked who pressed nothing; another account is never taken for the one that signed.
 */
import { SignInFailed, type Session, walletSigner, type WalletSigner } from "@aurelius/sdk/session";
import { fromWallet, RejectedByUser } from "../chain/failure";
import { Store } from "../state/store";
import type { Wallets } from "./wallets";

export type SignInState =
  | { readonly kind: "out"; readonly trouble?: string }
  | { readonly kind: "asking" }
  | { readonly kind: "in"; readonly address: string };

export class WalletSignIn {
  readonly state = new Store<SignInState>({ kind: "out" });
  readonly #wallets: Wallets;
  readonly #session: Pick<Session, "signIn" | "signOut">;

  constructor(wallets: Wallets, session: Pick<Session, "signIn" | "signOut">) {
    this.#wallets = wallets;
    this.#session = session;
    wallets.state.subscribe(() => this.#walletChanged());
  }

  /** Whether the connected account signs texts at all. */
  get possible(): boolean {
    return this.#signer() !== undefined;
  }

  /** Asks the connected wallet. */
  async ask(): Promise<void> {
    const signer = this.#signer();
    if (signer === undefined || this.state.value.kind === "asking") return;
    this.state.set({ kind: "asking" });
    try {
      await this.#session.signIn(signer);
    } catch (error) {
      this.#endAsking(troubleOf(error));
    }
  }

  #endAsking(outcome: { readonly trouble?: string }): void {
    // Signed out meanwhile: there is nothing to say.
    if (this.state.value.kind === "asking") this.state.set({ kind: "out", ...outcome });
  }

  /** Has the relay forget the wallet. */
  out(): void {
    this.#session.signOut();
    this.state.set({ kind: "out" });
  }

  /** The relay knows this wallet, or none any more. */
  told(address: string | undefined): void {
    this.state.set(address === undefined ? { kind: "out" } : { kind: "in", address });
    this.#walletChanged();
  }

  #signer(): WalletSigner | undefined {
    const { value } = this.#wallets.state;
    return value.kind === "connected" ? walletSigner(value.wallet, value.account) : undefined;
  }

  #walletChanged(): void {
    const { value } = this.state;
    const now = this.#wallets.state.value;
    // A reconnect in the background is no change.
    if (now.kind === "connecting") return;
    if (value.kind === "in" && value.address !== this.#wallets.address) this.out();
    else if (value.kind === "asking" && now.kind === "none") this.out();
    else if (value.kind === "out" && value.trouble !== undefined) this.state.set({ kind: "out" });
  }
}

/** Whoever said no in the wallet needs no explanation. */
function troubleOf(error: unknown): { readonly trouble?: string } {
  if (!(error instanceof SignInFailed)) return { trouble: "The wallet could not sign in." };
  if (error.cause !== undefined) {
    const said = fromWallet(error.cause);
    return said instanceof RejectedByUser ? {} : { trouble: said.message };
  }
  const { message } = error;
  return { trouble: `${message.charAt(0).toUpperCase()}${message.slice(1)}.` };
}
