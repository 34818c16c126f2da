/**
 * As whom a socket is signed in.
 *
 * Two ways: the session key of an entry, which asks nobody, and a wallet, which asks its owner once and holds by the
 * relay's token on the sockets after it. Invariants: a socket signs in at most once; nothing is signed for a relay
 * that calls itself by another name; a match of another wallet than the one signed in is played by its session key.
 * Absent: what is followed and played.
 */
import { type ClientMessage, type ErrorCode, type ServerMessage, toBase58 } from "../wire/index.js";
import { playerAuthMessage, type SessionSigner, sessionAuthMessage, signText } from "./signing.js";
import type { WalletSigner } from "./wallet.js";

type Hello = Extract<ServerMessage, { kind: "hello" }>["value"];
type Welcome = Extract<ServerMessage, { kind: "welcome" }>["value"];

/** As whom a match is played. */
export interface SessionPlay {
  /** Signs moves and results, and signs in. */
  readonly signer: SessionSigner;
  /** Whose entry it is. Without it the relay cannot tell entries with the same session key apart. */
  readonly wallet?: string;
}

/** Why a wallet is not signed in, in words. */
export class SignInFailed extends Error {
  override readonly name = "SignInFailed";
}

interface SignInHandlers {
  send(message: ClientMessage): boolean;
  /** Drops the socket for a fresh one. */
  restart(reason: string): void;
  /** The relay knows now who this is. */
  signedIn(): void;
  /** The relay is not the one it should be. */
  refused(code: ErrorCode, message: string): void;
  /** The wallet that the relay knows is another, or none any more. */
  wallet(address: string | undefined): void;
}

/** A wallet that was signed in; its token holds for further sockets. */
interface Known {
  readonly address: string;
  token: string;
}

interface Asking {
  readonly wallet: WalletSigner;
  /** The socket whose nonce the wallet is asked to sign. */
  hello: Hello | undefined;
  resolve(): void;
  reject(error: SignInFailed): void;
}

const REFUSED_BY_RELAY = 4007;
const BANNED = 4009;

export class SignIn {
  readonly #domain: string;
  readonly #handlers: SignInHandlers;
  #hello: Hello | undefined;
  #play: SessionPlay | undefined;
  #known: Known | undefined;
  #asking: Asking | undefined;
  /** Who was asked for on this socket, and whether the relay has agreed. */
  #wanted: string | undefined;
  #done = false;

  constructor(domain: string, handlers: SignInHandlers) {
    this.#domain = domain;
    this.#handlers = handlers;
  }

  /** The address of the wallet that is signed in. */
  get wallet(): string | undefined {
    return this.#known?.address;
  }

  /** Whether this socket may play as `play`; if not, it is seen to: a fresh socket, or a signature. */
  isReady(play: SessionPlay): boolean {
    this.#play = play;
    const name = this.#nameFor(play);
    if (this.#wanted === undefined) void this.#begin();
    // A socket signs in once.
    else if (this.#wanted !== name) this.#handlers.restart("another player");
    return this.#done && this.#wanted === name;
  }

  /** Nothing is played any more. */
  rest(): void {
    this.#play = undefined;
  }

  /** The relay's greeting on a fresh socket. */
  greeted(hello: Hello): void {
    this.#hello = hello;
    void this.#begin();
  }

  welcomed({ identity, token }: Welcome): void {
    this.#done = true;
    if (identity.kind === "wallet") {
      const isNew = this.#known?.address !== identity.value;
      this.#known = { address: identity.value, token };
      this.#asking?.resolve();
      this.#asking = undefined;
      if (isNew) this.#handlers.wallet(identity.value);
    }
    this.#handlers.signedIn();
  }

  /** The token has expired: the wallet is not known any more, and whoever plays does so by session key. */
  tokenRefused(): void {
    this.#wanted = undefined;
    this.#forget();
    void this.#begin();
  }

  /** The socket is gone; `code` is what it was closed with. */
  lost(code: number | undefined): void {
    const asking = this.#asking;
    if (asking?.hello !== undefined) {
      this.#asking = undefined;
      const said =
        code === REFUSED_BY_RELAY
          ? "the relay does not take this wallet's signature; the session key of an entry plays without it"
          : code === BANNED
            ? "this wallet is banned by the relay"
            : "the connection was lost meanwhile; try again";
      asking.reject(new SignInFailed(said));
    }
    if (code === BANNED) this.#forget();
    this.#hello = undefined;
    this.#wanted = undefined;
    this.#done = false;
  }

  /** Asks `wallet` to sign in; settles when the relay has answered. */
  signIn(wallet: WalletSigner): Promise<void> {
    if (this.#asking !== undefined)
      return Promise.reject(new SignInFailed("the wallet has been asked already"));
    if (this.#play !== undefined)
      return Promise.reject(new SignInFailed("a match is played on this connection, by its session key"));
    return new Promise((resolve, reject) => {
      this.#asking = { wallet, hello: undefined, resolve, reject };
      if (this.#wanted !== undefined) this.#handlers.restart("signing in by wallet");
      else void this.#begin();
    });
  }

  /** Forgets the wallet; the socket that it is signed in on is given up. */
  signOut(): void {
    this.#asking?.reject(new SignInFailed("signed out"));
    this.#asking = undefined;
    if (this.#known === undefined) return;
    const isHere = this.#wanted === `wallet ${this.#known.address}`;
    this.#forget();
    if (isHere) this.#handlers.restart("signed out");
  }

  #forget(): void {
    if (this.#known === undefined) return;
    this.#known = undefined;
    this.#handlers.wallet(undefined);
  }

  /** Signs this socket in, as far as there is somebody to be. */
  async #begin(): Promise<void> {
    const hello = this.#hello;
    if (hello === undefined || this.#wanted !== undefined) return;
    const play = this.#play;
    if (this.#asking !== undefined && play === undefined) {
      await this.#askWallet(this.#asking, hello);
    } else if (this.#known !== undefined && (play === undefined || play.wallet === this.#known.address)) {
      this.#wanted = `wallet ${this.#known.address}`;
      const { token } = this.#known;
      this.#handlers.send({
        kind: "resume",
        value: { token, match: null, last_tick: null, rate: "bundled" },
      });
    } else if (play !== undefined) {
      await this.#bySession(play, hello);
    }
  }

  async #bySession(play: SessionPlay, hello: Hello): Promise<void> {
    if (!this.#isTrusted(hello)) return;
    const { signer, wallet } = play;
    const { domain, nonce } = hello;
    const name = nameOf(play);
    this.#wanted = name;
    const text =
      wallet === undefined ? sessionAuthMessage(domain, nonce) : playerAuthMessage(domain, nonce, wallet);
    const signature = await signText(signer, text);
    // The socket is another, or somebody else plays.
    if (this.#hello !== hello || this.#wanted !== name) return;
    const session = signer.address;
    this.#handlers.send(
      wallet === undefined
        ? { kind: "auth_session", value: { session, signature } }
        : { kind: "auth_player", value: { wallet, session, signature } },
    );
  }

  async #askWallet(asking: Asking, hello: Hello): Promise<void> {
    const { wallet } = asking;
    const fail = (said: unknown): void => {
      if (this.#asking !== asking) return;
      this.#asking = undefined;
      asking.reject(said instanceof SignInFailed ? said : new SignInFailed(wordsOf(said), { cause: said }));
    };
    if (!this.#isTrusted(hello)) return fail("the relay calls itself by another name");
    asking.hello = hello;
    let signature: Uint8Array;
    try {
      signature = await wallet.signIn(hello);
    } catch (error) {
      return fail(error);
    }
    if (this.#asking !== asking) return;
    if (this.#hello !== hello || this.#wanted !== undefined)
      return fail("a match is played on this connection meanwhile, by its session key");
    this.#wanted = `wallet ${wallet.address}`;
    this.#handlers.send({
      kind: "auth_wallet",
      value: { wallet: wallet.address, signature: toBase58(signature) },
    });
  }

  /** Nothing is signed for a relay that would pass it on. */
  #isTrusted({ domain }: Hello): boolean {
    if (isSameHost(domain, this.#domain)) return true;
    const said = `the relay calls itself ${domain}, but is ${this.#domain}: nothing is signed for it`;
    this.#handlers.refused("not_authenticated", said);
    return false;
  }

  #nameFor(play: SessionPlay): string {
    const { wallet } = play;
    return wallet !== undefined && wallet === this.#known?.address ? `wallet ${wallet}` : nameOf(play);
  }
}

function nameOf({ signer, wallet }: SessionPlay): string {
  return wallet === undefined ? `session ${signer.address}` : `player ${wallet} ${signer.address}`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error === "string" ? error : "the wallet refused";
}

/** Whether two names with ports are of one host. The names of one's own machine are one. */
export function isSameHost(a: string, b: string): boolean {
  const plain = (host: string): string =>
    host.toLowerCase().replace(/^(127\.0\.0\.1|\[::1\])(?=:|$)/, "localhost");
  return plain(a) === plain(b);
}
