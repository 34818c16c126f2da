/**
 * A wallet by the Wallet Standard for tests: injected into the page, signs for real, and can be told to be difficult.
 *
 * `window.__testWallets[name]` holds its switches: `reject` (the person says no) and `elsewhere` (the wallet is set to
 * another network, and says so when it is to sign). A wallet of `chains` other than the page's must not be offered at
 * all; one whose accounts are of other chains (`accountChains`) must be refused in words.
 */
import { generateKeyPairSync } from "node:crypto";
import { address, getAddressEncoder, getProgramDerivedAddress } from "@solana/kit";

const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const ASSOCIATED_TOKEN_PROGRAM = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";

/** A key pair for a wallet, in the form that a page takes. */
export function walletKeys() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    key: [...privateKey.export({ format: "der", type: "pkcs8" })],
    raw: [...Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url")],
  };
}

/** Adds a wallet to every page of `context`, with the same keys in each. It signs no texts, as hardware. */
export async function injectWallet(
  context,
  { name, chains, accountChains = chains, keys: { key, raw } = walletKeys() },
) {
  // What runs in the page must not refer to anything outside.
  await context.addInitScript(
    async ({ name, chains, accountChains, key, raw }) => {
      const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
      const base58 = (bytes) => {
        let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
        let text = "";
        for (; number > 0n; number /= 58n) text = ALPHABET[Number(number % 58n)] + text;
        for (const byte of bytes) {
          if (byte !== 0) break;
          text = `1${text}`;
        }
        return text;
      };
      const publicKey = Uint8Array.from(raw);
      const privateKey = await crypto.subtle.importKey("pkcs8", Uint8Array.from(key), "Ed25519", false, [
        "sign",
      ]);
      const switches = { reject: false, elsewhere: false, asked: 0 };
      window.__testWallets = { ...window.__testWallets, [name]: switches };
      const account = {
        address: base58(publicKey),
        publicKey,
        chains: accountChains,
        features: ["solana:signTransaction"],
      };
      const accounts = [];
      const sign = async (transaction) => {
        const signed = Uint8Array.from(transaction);
        const message = signed.slice(1 + 64 * signed[0]);
        signed.set(new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, message)), 1);
        return { signedTransaction: signed };
      };
      const wallet = {
        version: "1.0.0",
        name,
        icon: "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=",
        chains,
        accounts,
        features: {
          "standard:connect": {
            version: "1.0.0",
            connect: async () => {
              if (accounts.length === 0) accounts.push(account);
              return { accounts };
            },
          },
          "standard:events": { version: "1.0.0", on: () => () => undefined },
          "solana:signTransaction": {
            version: "1.0.0",
            supportedTransactionVersions: ["legacy", 0],
            signTransaction: async (...inputs) => {
              switches.asked += 1;
              if (switches.reject)
                throw Object.assign(new Error("User rejected the request."), { code: 4001 });
              if (switches.elsewhere) throw new Error("invalid chain");
              return Promise.all(inputs.map(({ transaction }) => sign(transaction)));
            },
          },
        },
      };
      const register = (api) => api.register(wallet);
      addEventListener("wallet-standard:app-ready", (event) => register(event.detail));
      dispatchEvent(new CustomEvent("wallet-standard:register-wallet", { detail: register }));
    },
    { name, chains, accountChains, key, raw },
  );
}

/** Gives `owner` SOL, and `tokens` of `mint`, on the local chain at `rpc`. */
export async function fund(rpc, owner, mint, tokens) {
  await giveSol(rpc, owner);
  await giveTokens(rpc, owner, mint, tokens);
}

export async function giveSol(rpc, owner) {
  await call(rpc, "requestAirdrop", [owner, 1_000_000_000]);
}

async function tokenAccount(owner, mint) {
  const encoder = getAddressEncoder();
  const seeds = [owner, TOKEN_PROGRAM, mint].map((key) => encoder.encode(address(key)));
  const [account] = await getProgramDerivedAddress({
    programAddress: address(ASSOCIATED_TOKEN_PROGRAM),
    seeds,
  });
  return account;
}

/** What `owner` has of `mint`, in its smallest unit. */
export async function tokensOf(rpc, owner, mint) {
  const options = { encoding: "base64", commitment: "confirmed" };
  const { value } = await call(rpc, "getAccountInfo", [await tokenAccount(owner, mint), options]);
  return value === null ? 0n : Buffer.from(value.data[0], "base64").readBigUInt64LE(64);
}

export async function giveTokens(rpc, owner, mint, tokens) {
  const account = await tokenAccount(owner, mint);
  const encoder = getAddressEncoder();
  const data = Buffer.alloc(165);
  data.set(encoder.encode(address(mint)), 0);
  data.set(encoder.encode(address(owner)), 32);
  data.writeBigUInt64LE(tokens, 64);
  data[108] = 1;
  const value = { lamports: 2_039_280, owner: TOKEN_PROGRAM, data: [data.toString("base64"), "base64"] };
  await call(rpc, "localnet_setAccount", [account, value]);
}

async function call(rpc, method, params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(rpc, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const answer = await response.json();
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}
