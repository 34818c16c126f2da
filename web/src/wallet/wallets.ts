/**
 * Wallets of the browser, by the Wallet Standard and without a framework.
 *
 * Owns which wallets there are, which one is connected and with which account. Invariants: an account counts
 * only if it says that it serves our chain; a silent reconnect is tried only where somebody connected before;
 * accounts are compared by address, because wallets make new objects. Absent: what is signed.
 */
import { getWallets } from "@wallet-standard/app";
import type { Wallet, WalletAccount } from "@wallet-standard/base";
import type {
  StandardConnectFeature,
  StandardDisconnectFeature,
  StandardEventsFeature,
} from "@wallet-standard/features";
import type { SolanaSignTransactionFeature } from "@solana/wallet-standard-features";
import { fromWallet, RejectedByUser } from "../chain/failure";
import type { WalletChain } from "../chain/info";
import { Store } from "../state/store";

type Features = StandardConnectFeature &
  StandardEventsFeature &
  SolanaSignTransactionFeature &
  Partial<StandardDisconnectFeature>;
/** A wallet that can do what playing needs. */
export type PlayableWallet = Wallet & { readonly features: Features };

export type WalletState =
  | { readonly kind: "none" }
  | { readonly kind: "connecting"; readonly name: string }
  | {
      readonly kind: "connected";
      readonly wallet: PlayableWallet;
      /** Those that serve our chain. */
      readonly accounts: readonly WalletAccount[];
      readonly account: WalletAccount;
    };

/** Why a wallet is connected and of no use: every account is on other chains. */
export class WrongChain extends Error {
  override readonly name = "WrongChain";
}

/** Remembers the name of the wallet that was connected last. */
const REMEMBERED = "aurelius.wallet";
const ACCOUNT = "aurelius.account";

export class Wallets {
  /** Those that can be offered. */
  readonly list = new Store<readonly PlayableWallet[]>([]);
  readonly state = new Store<WalletState>({ kind: "none" });
  /** Why the last attempt to connect failed, in words; whoever asks may be gone by then, so it is kept here. */
  readonly trouble = new Store<string | undefined>(undefined);
  #chain: WalletChain | undefined;
  #unhear: (() => void) | undefined;

  /** Looks for wallets that serve `chain`; extensions may come late. */
  start(chain: WalletChain): void {
    this.#chain = chain;
    const { get, on } = getWallets();
    const refresh = (): void => {
      this.list.set(get().filter((wallet): wallet is PlayableWallet => isPlayable(wallet, chain)));
      this.#reconnect();
    };
    on("register", refresh);
    on("unregister", refresh);
    refresh();
  }

  /** Connects; throws what went wrong in words, and keeps it as `trouble` unless the person said no. */
  async connect(wallet: PlayableWallet, options: { readonly silent?: boolean } = {}): Promise<void> {
    this.state.set({ kind: "connecting", name: wallet.name });
    this.trouble.set(undefined);
    try {
      const { accounts } = await wallet.features["standard:connect"].connect(options);
      if (!this.#take(wallet, accounts)) {
        if (options.silent === true) return;
        throw accounts.length === 0
          ? new Error("the wallet shared no account")
          : new WrongChain(
              "none of the wallet's accounts is for this network: choose another network in the wallet",
            );
      }
    } catch (error) {
      this.state.set({ kind: "none" });
      if (options.silent === true) return;
      const said = error instanceof WrongChain ? error : fromWallet(error);
      if (!(said instanceof RejectedByUser)) this.trouble.set(said.message);
      throw said;
    }
  }

  async disconnect(): Promise<void> {
    const { value } = this.state;
    forget();
    this.#unhear?.();
    this.#unhear = undefined;
    this.state.set({ kind: "none" });
    if (value.kind === "connected")
      await value.wallet.features["standard:disconnect"]?.disconnect().catch(() => undefined);
  }

  /** Another account of the connected wallet. */
  choose(address: string): void {
    const { value } = this.state;
    if (value.kind !== "connected") return;
    const account = value.accounts.find((one) => one.address === address);
    if (account === undefined) return;
    remember(value.wallet.name, address);
    this.state.set({ ...value, account });
  }

  /** The address of the connected account. */
  get address(): string | undefined {
    const { value } = this.state;
    return value.kind === "connected" ? value.account.address : undefined;
  }

  #reconnect(): void {
    const name = read(REMEMBERED);
    if (name === null || this.state.value.kind !== "none") return;
    const wallet = this.list.value.find((one) => one.name === name);
    if (wallet !== undefined) void this.connect(wallet, { silent: true });
  }

  /** Whether one of `accounts` can be used. */
  #take(wallet: PlayableWallet, accounts: readonly WalletAccount[]): boolean {
    const chain = this.#chain;
    const ours = accounts.filter((account) => chain !== undefined && account.chains.includes(chain));
    const preferred = this.address ?? read(ACCOUNT);
    const account = ours.find((one) => one.address === preferred) ?? ours[0];
    if (account === undefined) {
      this.state.set({ kind: "none" });
      return false;
    }
    this.#hear(wallet);
    remember(wallet.name, account.address);
    this.state.set({ kind: "connected", wallet, accounts: ours, account });
    return true;
  }

  #hear(wallet: PlayableWallet): void {
    this.#unhear?.();
    this.#unhear = wallet.features["standard:events"].on("change", ({ accounts }) => {
      if (accounts !== undefined) this.#take(wallet, accounts);
    });
  }
}

function isPlayable(wallet: Wallet, chain: WalletChain): boolean {
  const names: readonly string[] = ["standard:connect", "standard:events", "solana:signTransaction"];
  if (!names.every((name) => name in wallet.features)) return false;
  const sign = wallet.features[
    "solana:signTransaction"
  ] as SolanaSignTransactionFeature["solana:signTransaction"];
  if (!sign.supportedTransactionVersions.includes(0)) return false;
  // A connected wallet tells by its accounts, one that is not by itself.
  return wallet.chains.includes(chain) || wallet.accounts.some((account) => account.chains.includes(chain));
}

function remember(name: string, address: string): void {
  try {
    localStorage.setItem(REMEMBERED, name);
    localStorage.setItem(ACCOUNT, address);
  } catch {
    // A browser without storage asks again next time.
  }
}

function forget(): void {
  try {
    localStorage.removeItem(REMEMBERED);
    localStorage.removeItem(ACCOUNT);
  } catch {
    // As above.
  }
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
