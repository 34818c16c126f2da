/** What is signed, against the vectors of the Rust crate, and the checks before a result is signed. */
import { readFileSync } from "node:fs";
import { address } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { AURELIUS_PROGRAM_ADDRESS, type Match } from "../src/generated/index.js";
import { createSessionKey } from "../src/session/keys.js";
import { checkOffer } from "../src/session/offer.js";
import { isSameHost } from "../src/session/sign-in.js";
import {
  cosignMessage,
  inputMessage,
  playerAuthMessage,
  type SettlementOffer,
  sessionAuthMessage,
  sha256,
  walletAuthText,
} from "../src/session/signing.js";
import { fromBase58, toBase58, toHex } from "../src/wire/text.js";

function golden(name: string): { readonly hex: string; readonly json: unknown } {
  const text = readFileSync(new URL(`../../protocol/tests/golden/${name}.txt`, import.meta.url), "utf8");
  const [, ...lines] = text.split("\n");
  const end = lines.findIndex((line) => !/^[0-9a-f]+$/.test(line));
  return { hex: lines.slice(0, end).join(""), json: JSON.parse(lines.slice(end).join("\n")) };
}

describe("signed bytes are those of the vectors", () => {
  it("of an input", () => {
    const { hex, json } = golden("signed_input_message");
    expect(toHex(inputMessage((json as { input: Parameters<typeof inputMessage>[0] }).input))).toBe(hex);
  });

  it("of a session key's sign-in", () => {
    const { hex } = golden("signed_session_message");
    expect(toHex(sessionAuthMessage("localhost:8080", "aa".repeat(16)))).toBe(hex);
  });

  it("of a session key's sign-in for one wallet's entry", () => {
    const { hex } = golden("signed_player_message");
    const wallet = toBase58(new Uint8Array(32).fill(0x33));
    expect(toHex(playerAuthMessage("localhost:8080", "aa".repeat(16), wallet))).toBe(hex);
  });

  it("of a wallet's sign-in", () => {
    const { hex, json } = golden("signed_wallet_text");
    const hello = {
      domain: "localhost:8080",
      chain: "localnet",
      nonce: "aa".repeat(16),
      issued_at: "2026-01-02T03:04:05Z",
    };
    const text = walletAuthText(hello, "4Ss5JMkXAD9Z7cktFEdrqeMuT6jGMF1pVozTyPHZ6zT4");
    expect(text).toBe(json);
    expect(toHex(new TextEncoder().encode(text))).toBe(hex);
  });

  it("of a result", async () => {
    const { hex, json } = golden("signed_cosign_message");
    expect(toHex(await cosignMessage(json as SettlementOffer))).toBe(hex);
  });
});

describe("an offered result", () => {
  const match = address("29d2S7vB453rNYFdR5Ycwt7y9haRT5fwVwL9zTmBhfV2");
  const state = new Uint8Array(128).fill(3);
  state.set([1, 0, 0, 0, 2, 2, 1, 1]);
  const cluster = toBase58(new Uint8Array(32).fill(8));
  const offer = {
    match,
    final_state: [...state],
    expires_slot: 9,
    cluster,
    program: AURELIUS_PROGRAM_ADDRESS,
  };

  async function account(changed: Partial<Match> = {}) {
    const rules = new Uint8Array(128);
    const data = {
      cluster: fromBase58(cluster, 32),
      seed: state.slice(32, 64),
      lastLeaf: await sha256(state),
      rules,
      rulesLen: 96,
      rulesHash: await sha256(rules.slice(0, 96)),
      ...changed,
    };
    return { address: match, data } as unknown as Parameters<typeof checkOffer>[1];
  }

  it("is right when the chain says the same", async () => {
    expect(await checkOffer(offer, await account())).toBeUndefined();
  });

  it.each<[string, Partial<SettlementOffer>, Partial<Match>]>([
    ["another program", { program: match }, {}],
    ["another chain", { cluster: match }, {}],
    ["of the match", { match: AURELIUS_PROGRAM_ADDRESS }, {}],
    ["has not ended", { final_state: [1, 0, 0, 0, 2, 2, 1, 0, ...state.slice(8)] }, {}],
    ["no state", { final_state: [1, 2] }, {}],
    ["committed on chain", {}, { lastLeaf: new Uint8Array(32) }],
    ["seed", {}, { seed: new Uint8Array(32) }],
    ["rules", {}, { rulesHash: new Uint8Array(32) }],
  ])("is refused: %s", async (words, offered, changed) => {
    expect(await checkOffer({ ...offer, ...offered }, await account(changed))).toContain(words);
  });
});

it("session keys sign and cannot be taken out", async () => {
  const key = await createSessionKey();
  const bytes = new TextEncoder().encode("hello");
  const signature = await key.sign(bytes);
  expect(await crypto.subtle.verify("Ed25519", key.pair.publicKey, Uint8Array.from(signature), bytes)).toBe(
    true,
  );
  expect(fromBase58(key.address, 32)).toHaveLength(32);
  await expect(crypto.subtle.exportKey("pkcs8", key.pair.privateKey)).rejects.toThrow();
});

it("nothing is signed for a relay of another name, but one's own machine has several", () => {
  expect(isSameHost("localhost:8080", "127.0.0.1:8080")).toBe(true);
  expect(isSameHost("[::1]:8080", "LOCALHOST:8080")).toBe(true);
  expect(isSameHost("localhost:8080", "localhost:8081")).toBe(false);
  expect(isSameHost("play.example", "play.example.evil")).toBe(false);
  expect(isSameHost("127.0.0.1.evil:80", "localhost.evil:80")).toBe(false);
});
