/**
 * Wallets of the local chain. Usage: node wallet.mjs new FILE: makes a key pair as `solana-keygen` writes it; node wallet.mjs
 * sol FILE: a SOL from the faucet at CHAIN_URL.
 */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createSolanaRpc, getAddressDecoder, lamports } from "@solana/kit";

const [task, path] = process.argv.slice(2);
if (task === "new") {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const bytes = Buffer.concat([Buffer.from(d, "base64url"), Buffer.from(x, "base64url")]);
  writeFileSync(path, JSON.stringify([...bytes]), { mode: 0o600 });
} else {
  const wallet = getAddressDecoder().decode(Uint8Array.from(JSON.parse(readFileSync(path, "utf8"))).subarray(32));
  await createSolanaRpc(process.env.CHAIN_URL).requestAirdrop(wallet, lamports(1_000_000_000n)).send();
}
