/**
 * Wallets that sign a relay's sign-in, by the Wallet Standard.
 *
 * `solana:signIn` where the wallet has it, because it shows the request as what it is; else `solana:signMessage`.
 * Invariant: what comes back is the signature under the relay's own text, or an error in words. Absent: transactions,
 * and asking anybody who did not press something.
 */
import type { ServerMessage } from "../wire/index.js";
import { SIGN_IN_STATEMENT, walletAuthText } from "./signing.js";

/** What a relay wants signed: its `hello`. */
export type Challenge = Pick<
  Extract<ServerMessage, { kind: "hello" }>["value"],
  "domain" | "chain" | "nonce" | "issued_at"
>;

/** A wallet that signs texts. */
export interface WalletSigner {
  /** Its public key in base58. */
  readonly address: string;
  /** The signature, 64 bytes, under `walletAuthText(challenge, address)`; rejects when there will be none. */
  signIn(challenge: Challenge): Promise<Uint8Array>;
}

/** The part of a wallet of the Wallet Standard that is looked at. */
export interface StandardWallet {
  readonly features: Readonly<Record<string, unknown>>;
}

/** The part of one of its accounts that is looked at. */
export interface StandardAccount {
  readonly address: string;
  readonly features: readonly string[];
}

interface SignInOutput {
  readonly account: { readonly address: string };
  readonly signedMessage: Uint8Array;
  readonly signature: Uint8Array;
}

interface SignInFeature {
  signIn(...inputs: readonly Readonly<Record<string, string>>[]): Promise<readonly SignInOutput[]>;
}

interface SignMessageFeature {
  signMessage(
    ...inputs: readonly { readonly account: StandardAccount; readonly message: Uint8Array }[]
  ): Promise<readonly { readonly signedMessage: Uint8Array; readonly signature: Uint8Array }[]>;
}

/**
 * What signs in as `account`; undefined for one that signs no texts, as most hardware wallets: it needs none, the
 * session key of its entry plays.
 */
export function walletSigner(wallet: StandardWallet, account: StandardAccount): WalletSigner | undefined {
  const signIn = wallet.features["solana:signIn"] as SignInFeature | undefined;
  const signMessage = account.features.includes("solana:signMessage")
    ? (wallet.features["solana:signMessage"] as SignMessageFeature | undefined)
    : undefined;
  if (signIn === undefined && signMessage === undefined) return undefined;
  return {
    address: account.address,
    async signIn(challenge) {
      const text = walletAuthText(challenge, account.address);
      const made = signIn && (await bySignIn(signIn, challenge, account.address, text));
      if (made !== undefined) return made;
      if (signMessage === undefined) throw new Error("the wallet signed another text than it was asked to");
      return byMessage(signMessage, account, text);
    },
  };
}

/** Undefined where the wallet signed in as somebody else or words the text in its own way. */
async function bySignIn(
  feature: SignInFeature,
  { domain, chain, nonce, issued_at }: Challenge,
  address: string,
  text: string,
): Promise<Uint8Array | undefined> {
  const [output] = await feature.signIn({
    domain,
    address,
    statement: SIGN_IN_STATEMENT,
    version: "1",
    chainId: chain,
    nonce,
    issuedAt: issued_at,
  });
  if (output === undefined) throw new Error("the wallet gave nothing back");
  const isAsked = output.account.address === address && isText(output.signedMessage, text);
  return isAsked ? output.signature : undefined;
}

/** A wallet may put an envelope around the text; the relay knows which. */
async function byMessage(
  feature: SignMessageFeature,
  account: StandardAccount,
  text: string,
): Promise<Uint8Array> {
  const message = new TextEncoder().encode(text);
  const [output] = await feature.signMessage({ account, message });
  if (output === undefined) throw new Error("the wallet gave nothing back");
  return output.signature;
}

function isText(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder().decode(bytes) === text;
}
