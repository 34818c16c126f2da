/**
 * Session keys of WebCrypto.
 *
 * The private half never shows itself: a browser keeps the pair in IndexedDB as it is. Keep it before
 * `enter` is sent: a key that is lost after the lock plays no more.
 */
import { toBase58 } from "../wire/index.js";
import type { SessionSigner } from "./signing.js";

export interface SessionKey extends SessionSigner {
  readonly pair: CryptoKeyPair;
}

/** A fresh key that cannot be exported. */
export async function createSessionKey(): Promise<SessionKey> {
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  return sessionKeyOf(pair as CryptoKeyPair);
}

export async function sessionKeyOf(pair: CryptoKeyPair): Promise<SessionKey> {
  const address = toBase58(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  return {
    pair,
    address,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, bytes)),
  };
}
