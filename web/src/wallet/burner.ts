/**
 * A wallet for the local chain that lives in this browser and asks nobody.
 *
 * It registers itself by the Wallet Standard, so that it is one more row in the list of wallets and nothing else
 * in the page knows of it. Invariants: it exists only on `solana:localnet`; its key cannot be exported and stays
 * in IndexedDB; it signs what it is given, because what it holds is worth nothing.
 */
import { registerWallet } from "@wallet-standard/wallet";
import { StandardConnect, StandardDisconnect, StandardEvents } from "@wallet-standard/features";
import { fromBase58 } from "@aurelius/sdk/wire";
import { type KeptKey, keptKey } from "../play/key-store";

const CHAIN = "solana:localnet";
export const BURNER_NAME = "Burner (local chain)";
const ICON =
  "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAzMiAzMiI+PGNpcmNsZSBjeD0iMTYiIGN5PSIxNiIgcj0iMTUiIGZpbGw9IiMxNDEyMGUiIHN0cm9rZT0iI2Q5YjQ1ZiIvPjxwYXRoIGQ9Ik0xNiA2YzEgNS01IDctNSAxMmE1IDUgMCAwIDAgMTAgMGMwLTQtNC01LTUtMTJ6IiBmaWxsPSIjZTQ3YTVhIi8+PC9zdmc+";

/** Puts the burner into the list of wallets. */
export async function registerBurner(): Promise<void> {
  const key = await keptKey("burner");
  registerWallet(burnerWallet(key) as Parameters<typeof registerWallet>[0]);
}

function burnerWallet(key: KeptKey): unknown {
  const account = {
    address: key.address,
    publicKey: fromBase58(key.address, 32),
    chains: [CHAIN],
    features: ["solana:signTransaction", "solana:signMessage"],
    label: "Burner",
  };
  let accounts: readonly (typeof account)[] = [];
  const listeners = new Set<(change: { accounts: typeof accounts }) => void>();
  const change = (next: typeof accounts): void => {
    accounts = next;
    for (const listener of listeners) listener({ accounts });
  };
  return {
    version: "1.0.0",
    name: BURNER_NAME,
    icon: ICON,
    chains: [CHAIN],
    get accounts() {
      return accounts;
    },
    features: {
      [StandardConnect]: {
        version: "1.0.0",
        connect: () => {
          accounts = [account];
          return Promise.resolve({ accounts });
        },
      },
      [StandardDisconnect]: {
        version: "1.0.0",
        disconnect: () => {
          change([]);
          return Promise.resolve();
        },
      },
      [StandardEvents]: {
        version: "1.0.0",
        on: (_event: "change", listener: (change: { accounts: typeof accounts }) => void) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      "solana:signTransaction": {
        version: "1.0.0",
        supportedTransactionVersions: ["legacy", 0],
        signTransaction: async (...inputs: readonly { readonly transaction: Uint8Array }[]) =>
          Promise.all(
            inputs.map(async ({ transaction }) => ({ signedTransaction: await sign(key, transaction) })),
          ),
      },
      "solana:signMessage": {
        version: "1.0.0",
        signMessage: async (...inputs: readonly { readonly message: Uint8Array<ArrayBuffer> }[]) =>
          Promise.all(
            inputs.map(async ({ message }) => ({
              signedMessage: message,
              signature: await key.sign(message),
            })),
          ),
      },
    },
  };
}

/** A transaction begins with its signatures, the payer's first: a count and 64 bytes each. */
async function sign(key: KeptKey, transaction: Uint8Array): Promise<Uint8Array> {
  const signed = Uint8Array.from(transaction);
  const count = signed[0] ?? 0;
  signed.set(await key.sign(signed.slice(1 + 64 * count)), 1);
  return signed;
}
