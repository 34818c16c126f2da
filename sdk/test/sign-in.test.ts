/** Signing in by wallet and by session key, against a relay that checks signatures as the real one does. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSessionKey, type SessionKey } from "../src/session/keys.js";
import { Session } from "../src/session/session.js";
import { SignInFailed } from "../src/session/sign-in.js";
import { playerAuthMessage, sessionAuthMessage, walletAuthText } from "../src/session/signing.js";
import { type StandardAccount, type StandardWallet, walletSigner } from "../src/session/wallet.js";
import {
  ByteReader,
  ByteWriter,
  type ClientMessage,
  CONTROL_BYTE,
  clientMessage,
  fromBase58,
  type ServerMessage,
  serverMessage,
  toBase58,
} from "../src/wire/index.js";

const MATCH = toBase58(new Uint8Array(32).fill(1));
const DOMAIN = "play.example";

/** A relay's end of one socket. */
class RelaySocket {
  static all: RelaySocket[] = [];
  /** Tokens that hold, by the wallet that they were given to. */
  static tokens = new Map<string, string>();
  static domain = DOMAIN;
  readyState = 0;
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly heard: ClientMessage[] = [];
  readonly #nonce = String(RelaySocket.all.length + 10).repeat(16);
  /** Who is signed in. */
  identity: string | undefined;

  constructor(readonly url: string) {
    RelaySocket.all.push(this);
    queueMicrotask(() => {
      this.readyState = 1;
      this.onopen?.();
      this.say({ kind: "hello", value: this.hello });
    });
  }

  get hello() {
    return {
      version: 1,
      domain: RelaySocket.domain,
      chain: "localnet",
      nonce: this.#nonce,
      issued_at: "2026-01-02T03:04:05Z",
      message_bytes_max: 4096,
      idle_timeout_ms: 60_000,
    };
  }

  say(message: ServerMessage): void {
    const writer = new ByteWriter();
    writer.u8(CONTROL_BYTE);
    serverMessage.write(writer, message);
    this.onmessage?.({ data: writer.finish().buffer });
  }

  drop(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  close(): void {
    this.readyState = 3;
  }

  send(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    reader.u8();
    const message = clientMessage.read(reader);
    this.heard.push(message);
    void this.#answer(message);
  }

  async #answer(message: ClientMessage): Promise<void> {
    const { domain, nonce } = this.hello;
    switch (message.kind) {
      case "auth_wallet": {
        const { wallet, signature } = message.value;
        const text = new TextEncoder().encode(walletAuthText(this.hello, wallet));
        if (!(await isSigned(wallet, signature, text))) return this.drop(4007);
        return this.#welcome({ kind: "wallet", value: wallet });
      }
      case "auth_session": {
        const { session, signature } = message.value;
        if (!(await isSigned(session, signature, sessionAuthMessage(domain, nonce)))) return this.drop(4007);
        return this.#welcome({ kind: "session", value: session });
      }
      case "auth_player": {
        const { wallet, session, signature } = message.value;
        if (!(await isSigned(session, signature, playerAuthMessage(domain, nonce, wallet))))
          return this.drop(4007);
        return this.#welcome({ kind: "player", value: { wallet, session } });
      }
      case "resume": {
        const { token } = message.value;
        if (token === null) return;
        const wallet = RelaySocket.tokens.get(token);
        if (wallet === undefined)
          return this.say({ kind: "error", value: { code: "bad_token", message: "expired" } });
        return this.#welcome({ kind: "wallet", value: wallet });
      }
    }
  }

  #welcome(identity: Extract<ServerMessage, { kind: "welcome" }>["value"]["identity"]): void {
    this.identity = identity.kind === "player" ? `player ${identity.value.wallet}` : identity.kind;
    const token = String(RelaySocket.tokens.size + 10).repeat(32);
    if (identity.kind === "wallet") RelaySocket.tokens.set(token, identity.value);
    this.say({ kind: "welcome", value: { identity, token, token_life_s: 600 } });
  }
}

async function isSigned(key: string, signature: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const raw = new Uint8Array(fromBase58(key, 32));
  const known = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", known, new Uint8Array(fromBase58(signature, 64)), bytes);
}

function newest(): RelaySocket {
  const socket = RelaySocket.all.at(-1);
  if (socket === undefined) throw new Error("no socket was made");
  return socket;
}

type Way = "signIn" | "signMessage";

/** A wallet of the Wallet Standard with these features; what it was asked is counted. */
function wallet(key: SessionKey, ways: readonly Way[], change: { readonly statement?: string } = {}) {
  const asked = { signIn: 0, signMessage: 0 };
  const account: StandardAccount = {
    address: key.address,
    features: ways.map((way) => `solana:${way}`),
  };
  const sign = async (text: string) => {
    const signedMessage = new TextEncoder().encode(text);
    return { account, signedMessage, signature: await key.sign(signedMessage) };
  };
  const features: Record<string, unknown> = {};
  if (ways.includes("signIn"))
    features["solana:signIn"] = {
      version: "1.0.0",
      signIn: async (input: Record<string, string>) => {
        asked.signIn += 1;
        // The wallet makes the text itself, of the fields.
        const { domain, address, statement, version, chainId, nonce, issuedAt } = {
          ...input,
          ...change,
        } as Record<string, string>;
        const head = `${domain} wants you to sign in with your Solana account:\n${address}\n\n${statement}`;
        const tail = `Version: ${version}\nChain ID: ${chainId}\nNonce: ${nonce}\nIssued At: ${issuedAt}`;
        return [await sign(`${head}\n\n${tail}`)];
      },
    };
  if (ways.includes("signMessage"))
    features["solana:signMessage"] = {
      version: "1.0.0",
      signMessage: async ({ message }: { readonly message: Uint8Array }) => {
        asked.signMessage += 1;
        return [await sign(new TextDecoder().decode(message))];
      },
    };
  const standard: StandardWallet = { features };
  return { standard, account, asked, signer: walletSigner(standard, account) };
}

describe("signing in", () => {
  let key: SessionKey;
  let session: Session;
  let known: (string | undefined)[];
  let refusals: string[];

  beforeEach(async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    RelaySocket.all = [];
    RelaySocket.tokens.clear();
    RelaySocket.domain = DOMAIN;
    key = await createSessionKey();
    [known, refusals] = [[], []];
    session = new Session(
      `ws://${DOMAIN}/ws`,
      { wallet: (address) => known.push(address), refused: (_code, message) => refusals.push(message) },
      { Socket: RelaySocket as unknown as new (url: string) => WebSocket },
    );
    session.start();
    await vi.waitFor(() => expect(newest().readyState).toBe(1));
  });

  afterEach(() => {
    session.stop();
    vi.restoreAllMocks();
  });

  const signerOf = (made: ReturnType<typeof wallet>) => {
    if (made.signer === undefined) throw new Error("the wallet signs nothing");
    return made.signer;
  };

  it.each([
    ["by signIn", ["signIn"], { signIn: 1, signMessage: 0 }],
    ["by signMessage", ["signMessage"], { signIn: 0, signMessage: 1 }],
    ["by signIn where there are both", ["signIn", "signMessage"], { signIn: 1, signMessage: 0 }],
  ] as const)("%s", async (_name, ways, expected) => {
    const made = wallet(key, ways);
    await session.signIn(signerOf(made));
    expect(newest().identity).toBe("wallet");
    expect(made.asked).toEqual(expected);
    expect(known).toEqual([key.address]);
    expect(session.wallet).toBe(key.address);
  });

  it("goes on to signMessage when signIn words the text in its own way", async () => {
    const made = wallet(key, ["signIn", "signMessage"], { statement: "Hello" });
    await session.signIn(signerOf(made));
    expect(made.asked).toEqual({ signIn: 1, signMessage: 1 });
    const stubborn = wallet(await createSessionKey(), ["signIn"], { statement: "Hello" });
    session.signOut();
    await expect(session.signIn(signerOf(stubborn))).rejects.toThrow(/another text/);
  });

  it("is not offered by a wallet that signs no texts, and its entry is played by session key", async () => {
    const hardware = wallet(key, []);
    expect(hardware.signer).toBeUndefined();
    const signer = await createSessionKey();
    session.follow(MATCH, { signer, wallet: key.address });
    await vi.waitFor(() => expect(newest().identity).toBe(`player ${key.address}`));
    await vi.waitFor(() => expect(newest().heard.at(-1)?.kind).toBe("play"));
    // Nobody else's entry with the same session key is meant.
    expect(newest().heard.some(({ kind }) => kind === "auth_player")).toBe(true);
  });

  it("asks the wallet once: the sockets after it are signed in by token", async () => {
    const made = wallet(key, ["signIn"]);
    await session.signIn(signerOf(made));
    newest().drop(1006);
    await vi.waitFor(() => expect(RelaySocket.all.length).toBe(2));
    await vi.waitFor(() => expect(newest().identity).toBe("wallet"));
    newest().drop(1006);
    await vi.waitFor(() => expect(RelaySocket.all.length).toBe(3));
    await vi.waitFor(() => expect(newest().identity).toBe("wallet"));
    expect(made.asked.signIn).toBe(1);
    expect(known).toEqual([key.address]);
  });

  it("says that the wallet is not known any more when the token has expired, and plays by session key", async () => {
    await session.signIn(signerOf(wallet(key, ["signIn"])));
    RelaySocket.tokens.clear();
    const signer = await createSessionKey();
    newest().drop(1006);
    session.follow(MATCH, { signer, wallet: key.address });
    await vi.waitFor(() => expect(known).toEqual([key.address, undefined]));
    await vi.waitFor(() => expect(newest().identity).toBe(`player ${key.address}`));
    await vi.waitFor(() => expect(newest().heard.at(-1)?.kind).toBe("play"));
  });

  it("plays the wallet's own entry on the socket where it is signed in", async () => {
    await session.signIn(signerOf(wallet(key, ["signIn"])));
    const signer = await createSessionKey();
    session.follow(MATCH, { signer, wallet: key.address });
    await vi.waitFor(() => expect(newest().heard.at(-1)).toEqual({ kind: "play", value: { match: MATCH } }));
    expect(RelaySocket.all.length).toBe(1);
  });

  it("plays the entry of another wallet by its session key, on a socket of its own", async () => {
    await session.signIn(signerOf(wallet(key, ["signIn"])));
    const other = await createSessionKey();
    const signer = await createSessionKey();
    session.follow(MATCH, { signer, wallet: other.address });
    await vi.waitFor(() => expect(RelaySocket.all.length).toBe(2));
    await vi.waitFor(() => expect(newest().identity).toBe(`player ${other.address}`));
    expect(session.wallet).toBe(key.address);
  });

  it("does not disturb a match that is played", async () => {
    const signer = await createSessionKey();
    session.follow(MATCH, { signer });
    await vi.waitFor(() => expect(newest().identity).toBe("session"));
    const made = wallet(key, ["signIn"]);
    await expect(session.signIn(signerOf(made))).rejects.toThrow(SignInFailed);
    expect(made.asked.signIn).toBe(0);
    expect(RelaySocket.all.length).toBe(1);
  });

  it("tells a refused signature, a ban, a lost connection and a person who says no apart", async () => {
    const forged = { address: key.address, signIn: async () => new Uint8Array(64) };
    await expect(session.signIn(forged)).rejects.toThrow(/does not take this wallet's signature/);
    await vi.waitFor(() => expect(newest().readyState).toBe(1));
    for (const [code, words] of [
      [4009, /banned/],
      [1006, /connection was lost/],
    ] as const) {
      const waiting = session.signIn({ address: key.address, signIn: () => new Promise(() => undefined) });
      const failed = expect(waiting).rejects.toThrow(words);
      await vi.waitFor(() => expect(newest().readyState).toBe(1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      newest().drop(code);
      await failed;
      session.retryNow();
      await vi.waitFor(() => expect(newest().readyState).toBe(1));
    }
    const no = new Error("User rejected the request.");
    const refusal = session.signIn({ address: key.address, signIn: () => Promise.reject(no) });
    await expect(refusal).rejects.toMatchObject({ cause: no });
    expect(session.wallet).toBeUndefined();
  });

  it("signs nothing for a relay that calls itself by another name", async () => {
    RelaySocket.domain = "evil.example";
    newest().drop(1006);
    await vi.waitFor(() => expect(RelaySocket.all.length).toBe(2));
    await vi.waitFor(() => expect(newest().readyState).toBe(1));
    const made = wallet(key, ["signIn", "signMessage"]);
    await expect(session.signIn(signerOf(made))).rejects.toThrow(SignInFailed);
    session.follow(MATCH, { signer: key });
    await vi.waitFor(() => expect(refusals.length).toBeGreaterThan(0));
    expect(made.asked).toEqual({ signIn: 0, signMessage: 0 });
    expect(newest().heard.some(({ kind }) => kind.startsWith("auth"))).toBe(false);
  });

  it("forgets the wallet when told to", async () => {
    await session.signIn(signerOf(wallet(key, ["signIn"])));
    session.signOut();
    await vi.waitFor(() => expect(RelaySocket.all.length).toBe(2));
    await vi.waitFor(() => expect(newest().readyState).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(newest().identity).toBeUndefined();
    expect(known).toEqual([key.address, undefined]);
  });
});
