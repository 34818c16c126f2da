/**
 * What a wallet holds, and on a local chain, where more comes from.
 *
 * Invariant: chips are made out of nothing only on `solana:localnet`, through the methods that a local chain has and
 * a real one does not (localnet/src/rpc/hooks.rs).
 */
import { fromBase58 } from "@aurelius/sdk/wire";
import { tokenAccountAddress } from "@aurelius/sdk/program";
import { address } from "@solana/kit";
import { callRpc, type ChainInfo } from "./info";
import { base64, fromBase64 } from "./transact";

const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
/** The canonical token account of `owner`: the only one that payouts and refunds go to. */
function tokenAccount(owner: string, mint: string, tokenProgram: string): Promise<string> {
  return tokenAccountAddress(address(owner), address(mint), address(tokenProgram));
}

const TOKEN_ACCOUNT_BYTES = 165;
const AMOUNT_OFFSET = 64;
/** Rent of a token account. */
const TOKEN_ACCOUNT_LAMPORTS = 2_039_280;
const FAUCET_LAMPORTS = 2_000_000_000;
/** Fee, the entry's rent (191 bytes) and the token account's, each once, with a little to spare. */
export const LAMPORTS_TO_ENTER = 5_000_000;

export interface Purse {
  readonly lamports: number;
  /** Smallest units of the match's token; 0 without an account. */
  readonly tokens: bigint;
}

/** What `owner` has in SOL and in `mint`. */
export async function readPurse(
  { rpc }: ChainInfo,
  owner: string,
  mint: string,
  tokenProgram: string,
): Promise<Purse> {
  const options = { commitment: "confirmed" };
  const [balance, account] = await Promise.all([
    callRpc(rpc, "getBalance", [owner, options]),
    readAccount(rpc, await tokenAccount(owner, mint, tokenProgram)),
  ]);
  return { lamports: (balance as { value: number }).value, tokens: amountIn(account) };
}

/** Fills a purse on the local chain: SOL from its faucet, and at least `tokens` of the token. */
export async function fillPurse(info: ChainInfo, owner: string, mint: string, tokens: bigint): Promise<void> {
  if (info.chain !== "solana:localnet") throw new Error("only a local chain gives anything away");
  const { rpc } = info;
  const before = await readPurse(info, owner, mint, TOKEN_PROGRAM);
  if (before.lamports < FAUCET_LAMPORTS / 2) await callRpc(rpc, "requestAirdrop", [owner, FAUCET_LAMPORTS]);
  if (before.tokens < tokens) await giveTokens(rpc, owner, mint, tokens);
}

async function giveTokens(rpc: string, owner: string, mint: string, tokens: bigint): Promise<void> {
  const key = await tokenAccount(owner, mint, TOKEN_PROGRAM);
  const data = (await readAccount(rpc, key)) ?? emptyTokenAccount(owner, mint);
  new DataView(data.buffer).setBigUint64(AMOUNT_OFFSET, tokens, true);
  const account = { lamports: TOKEN_ACCOUNT_LAMPORTS, owner: TOKEN_PROGRAM, data: [base64(data), "base64"] };
  await callRpc(rpc, "localnet_setAccount", [key, account]);
}

/** Layout of SPL Token: mint, owner, amount, no delegate, state 1 (initialised), nothing else. */
function emptyTokenAccount(owner: string, mint: string): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(TOKEN_ACCOUNT_BYTES);
  data.set(fromBase58(mint, 32), 0);
  data.set(fromBase58(owner, 32), 32);
  data[108] = 1;
  return data;
}

function amountIn(account: Uint8Array<ArrayBuffer> | undefined): bigint {
  if (account === undefined || account.length < TOKEN_ACCOUNT_BYTES) return 0n;
  return new DataView(account.buffer).getBigUint64(AMOUNT_OFFSET, true);
}

async function readAccount(rpc: string, key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const answer = await callRpc(rpc, "getAccountInfo", [key, { encoding: "base64", commitment: "confirmed" }]);
  const account = (answer as { value: { data: [string, string] } | null }).value;
  return account === null ? undefined : fromBase64(account.data[0]);
}
