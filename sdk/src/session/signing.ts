/**
 * The texts that a session key signs. Layouts: docs/PROTOCOL.md, section 2.
 *
 * Invariant: every text begins with its own tag, so that no signature serves for another purpose.
 */
import { fromBase58, fromHex, type ServerMessage, toBase58 } from "../wire/index.js";

export type SettlementOffer = Extract<ServerMessage, { kind: "settlement_offer" }>["value"];

/** A key that signs without showing itself. */
export interface SessionSigner {
  /** The public key in base58. */
  readonly address: string;
  /** An ed25519 signature, 64 bytes. */
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

/** What an input says, without what chains it. */
export interface InputFields {
  readonly match: string;
  readonly slot: number;
  readonly sequence: number;
  /** SHA-256 of the input before; zeros for the first. Hex. */
  readonly previous: string;
  readonly tick: number;
  readonly warrior: number;
  readonly heading: number;
}

const encoder = new TextEncoder();
/** Bytes of the text of an input. */
const INPUT_BYTES = 92;

/** What a wallet shows as the purpose of a sign-in. */
export const SIGN_IN_STATEMENT = "Sign in to Aurelius. This costs nothing and moves no money.";

/** What signs a session key in. */
export function sessionAuthMessage(domain: string, nonce: string): Uint8Array<ArrayBuffer> {
  return concat(encoder.encode("aurelius:session-auth:v1"), hostBytes(domain), fromHex(nonce, 16));
}

/** What signs a session key in for the entry of `wallet`, whoever else registered the same key. */
export function playerAuthMessage(domain: string, nonce: string, wallet: string): Uint8Array<ArrayBuffer> {
  const tag = encoder.encode("aurelius:player-auth:v1");
  return concat(tag, hostBytes(domain), fromHex(nonce, 16), fromBase58(wallet, 32));
}

/** Its length in a byte, and the name, cut at 255 bytes. */
function hostBytes(domain: string): Uint8Array {
  const name = encoder.encode(domain).subarray(0, 255);
  return concat(Uint8Array.of(name.length), name);
}

/** The text that a wallet signs to sign in: Sign-In With Solana. */
export function walletAuthText(
  hello: Pick<Extract<ServerMessage, { kind: "hello" }>["value"], "domain" | "chain" | "nonce" | "issued_at">,
  wallet: string,
): string {
  return [
    `${hello.domain} wants you to sign in with your Solana account:`,
    wallet,
    "",
    SIGN_IN_STATEMENT,
    "",
    "Version: 1",
    `Chain ID: ${hello.chain}`,
    `Nonce: ${hello.nonce}`,
    `Issued At: ${hello.issued_at}`,
  ].join("\n");
}

/** The 92 bytes of an input. */
export function inputMessage(input: InputFields): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(INPUT_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(encoder.encode("aurelius:input:v1"), 0);
  bytes.set(fromBase58(input.match, 32), 17);
  bytes[49] = input.slot;
  view.setUint32(50, input.sequence, true);
  bytes.set(fromHex(input.previous, 32), 54);
  view.setUint32(86, input.tick, true);
  bytes[90] = input.warrior;
  bytes[91] = input.heading;
  return bytes;
}

/** What signs a result: the hash stands for chain, program, match, final state and expiry. */
export async function cosignMessage(offer: SettlementOffer): Promise<Uint8Array<ArrayBuffer>> {
  const expires = new Uint8Array(8);
  new DataView(expires.buffer).setBigUint64(0, BigInt(offer.expires_slot), true);
  const state = await sha256(Uint8Array.from(offer.final_state));
  const parts = [offer.cluster, offer.program, offer.match].map((key) => fromBase58(key, 32));
  return concat(encoder.encode("aurelius:cosign:"), await sha256(concat(...parts, state, expires)));
}

/** The signature under `bytes` in base58. */
export async function signText(signer: SessionSigner, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase58(await signer.sign(bytes));
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
