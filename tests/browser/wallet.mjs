/**
 * A wallet by the Wallet Standard for tests: injected into the page, signs for real, and can be told to be difficult.
 *
 * `window.__testWallets[name]` holds its switches: `reject` (the person says no). A wallet of `chains` other than the
 * page's must not be offered at all.
 */
import { address, getAddressEncoder, getProgramDerivedAddress } from "@solana/kit";

const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const ASSOCIATED_TOKEN_PROGRAM = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";

/** Adds a wallet to every page of `context`. Runs in the page, so that it must not refer to anything outside. */
export async function injectWallet(context, { name, chains }) {
  await context.addInitScript(
    async ({ name, chains }) => {
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
      const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
      const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
      const switches = { reject: false, asked: 0 };
      window.__testWallets = { ...window.__testWallets, [name]: switches };
      const account = { address: base58(publicKey), publicKey, chains, features: ["solana:signTransaction"] };
      const accounts = [];
      const sign = async (transaction) => {
        const signed = Uint8Array.from(transaction);
        const message = signed.slice(1 + 64 * signed[0]);
        signed.set(new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, message)), 1);
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
              return Promise.all(inputs.map(({ transaction }) => sign(transaction)));
            },
          },
        },
      };
      const register = (api) => api.register(wallet);
      addEventListener("wallet-standard:app-ready", (event) => register(event.detail));
      dispatchEvent(new CustomEvent("wallet-standard:register-wallet", { detail: register }));
    },
    { name, chains },
  );
}

/** Gives `owner` SOL and `tokens` of `mint` on the local chain at `rpc`. */
export async function fund(rpc, owner, mint, tokens) {
  await call(rpc, "requestAirdrop", [owner, 1_000_000_000]);
  const encoder = getAddressEncoder();
  const seeds = [owner, TOKEN_PROGRAM, mint].map((key) => encoder.encode(address(key)));
  const [account] = await getProgramDerivedAddress({
    programAddress: address(ASSOCIATED_TOKEN_PROGRAM),
    seeds,
  });
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
