/**
 * Keys of this browser: session keys of entries, and the burner wallet.
 *
 * Non-extractable WebCrypto key pairs, kept in IndexedDB as they are. Invariants: a session key is written and read
 * back before it is shown to anybody, so that no entry is ever paid for a key that is gone; a key is never
 * replaced under its name, only removed. Absent: what is signed.
 */
import { toBase58 } from "@aurelius/sdk/wire";
import type { SessionSigner } from "@aurelius/sdk/session";

/** A key that is kept. */
export interface KeptKey extends SessionSigner {
  /** Whose entry, in which match; absent for the burner. */
  readonly entry?: { readonly match: string; readonly wallet: string };
}

interface Row {
  readonly name: string;
  readonly pair: CryptoKeyPair;
  readonly address: string;
  readonly match?: string;
  readonly wallet?: string;
  readonly createdAtMs: number;
}

const DATABASE = "aurelius";
const STORE = "keys";

/** What this browser lacks for playing, in words; undefined when nothing. */
export function whatIsMissing(): string | undefined {
  if (!isSecureContext || globalThis.crypto?.subtle === undefined) {
    return "Playing needs a page served over https, or opened as localhost: the browser gives keys to no other.";
  }
  if (navigator.locks === undefined || globalThis.indexedDB === undefined) {
    return "This browser is too old to play with: it lacks what keeps keys safe. A present Firefox, Chrome or Safari has it.";
  }
  return undefined;
}

/** The key of this name, made when there is none. */
export async function keptKey(name: string): Promise<KeptKey> {
  const known = await read(name);
  return known === undefined ? made({ name }) : signerOf(known);
}

/** The session key of an entry, if this browser made it. */
export async function sessionKeyOf(match: string, wallet: string): Promise<KeptKey | undefined> {
  const row = await read(entryName(match, wallet));
  return row === undefined ? undefined : signerOf(row);
}

/** A new session key for an entry, or the one made before and not used. */
export async function makeSessionKey(match: string, wallet: string): Promise<KeptKey> {
  const known = await sessionKeyOf(match, wallet);
  return known ?? made({ name: entryName(match, wallet), match, wallet });
}

/** Every entry this browser holds a session key for. */
export async function keptEntries(): Promise<readonly KeptKey[]> {
  const rows = await request<Row[]>("readonly", (store) => store.getAll());
  return rows.filter((row) => row.match !== undefined).map(signerOf);
}

/** The entry is over, or was never made. */
export async function dropSessionKey(match: string, wallet: string): Promise<void> {
  await request("readwrite", (store) => store.delete(entryName(match, wallet)));
}

function entryName(match: string, wallet: string): string {
  return `entry:${match}:${wallet}`;
}

async function made(about: {
  readonly name: string;
  readonly match?: string;
  readonly wallet?: string;
}): Promise<KeptKey> {
  const pair = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  const address = toBase58(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  const row: Row = { ...about, pair, address, createdAtMs: Date.now() };
  await request("readwrite", (store) => store.add(row));
  const back = await read(about.name);
  if (back?.address !== address)
    throw new Error("this browser does not keep keys (a private window?); playing needs that");
  return signerOf(back);
}

function signerOf({ pair, address, match, wallet }: Row): KeptKey {
  const entry = match === undefined || wallet === undefined ? {} : { entry: { match, wallet } };
  return {
    ...entry,
    address,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, bytes)),
  };
}

function read(name: string): Promise<Row | undefined> {
  return request<Row | undefined>("readonly", (store) => store.get(name));
}

let database: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  database ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "name" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error ?? new Error("the browser's storage cannot be opened"));
  });
  return database;
}

async function request<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const transaction = (await open()).transaction(STORE, mode, { durability: "strict" });
  const asked = ask(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result as T);
    transaction.onabort = () => reject(transaction.error ?? new Error("the browser's storage refused"));
  });
}
