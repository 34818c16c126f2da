/**
 * Which chain the matches are on: asked from the relay, checked against the chain itself.
 *
 * The relay is only asked where to look. Invariant: `known` is said only after the RPC at that address answered
 * with the genesis hash that the relay named; nothing is offered for sale before.
 */
import { AURELIUS_PROGRAM_ADDRESS } from "@aurelius/sdk/program";
import { createSolanaRpc, type Rpc, type SolanaRpcApi } from "@solana/kit";
import { relayUrl } from "../route";
import { Store } from "../state/store";

/** Names of chains as wallets write them. */
export type WalletChain = `solana:${"mainnet" | "devnet" | "testnet" | "localnet"}`;

export interface ChainInfo {
  /** Address of the JSON-RPC. */
  readonly rpc: string;
  /** The same, with its methods. */
  readonly client: Rpc<SolanaRpcApi>;
  /** The escrow program, base58. */
  readonly program: string;
  readonly genesisHash: string;
  readonly chain: WalletChain;
  /** Where a transaction can be looked at, where there is an explorer. */
  transactionHref(signature: string): string | undefined;
}

export type ChainState =
  | { readonly kind: "asking" }
  | { readonly kind: "known"; readonly info: ChainInfo }
  | { readonly kind: "unknown"; readonly reason: string };

/** Where `aurelius demo` and `solana-test-validator` listen unless told otherwise. */
const USUAL_LOCAL_RPC = "http://127.0.0.1:8899";
const TIMEOUT_MS = 8_000;
const AGAIN_MS = 10_000;

export class Chain {
  readonly state = new Store<ChainState>({ kind: "asking" });

  /** Asks until there is an answer that holds. */
  async find(): Promise<void> {
    for (;;) {
      try {
        const info = await findChain();
        await checkGenesis(info);
        this.state.set({ kind: "known", info });
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : "unknown trouble";
        this.state.set({ kind: "unknown", reason });
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}

/** What the relay names; without it, on the machine of a local chain, the port where one listens by habit. */
async function findChain(): Promise<ChainInfo> {
  try {
    return parseInfo(await getJson(relayUrl("api/chain").href));
  } catch (error) {
    if (!isLocal(location.hostname)) throw error;
    const genesis = await callRpc(USUAL_LOCAL_RPC, "getGenesisHash", []).catch(() => undefined);
    if (typeof genesis !== "string") throw error;
    return parseInfo({
      chain: "localnet",
      rpc: USUAL_LOCAL_RPC,
      program: AURELIUS_PROGRAM_ADDRESS,
      genesis_hash: genesis,
    });
  }
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.status === 404)
    throw new Error("this relay names no chain, so that one can watch here and not play");
  if (!response.ok) throw new Error(`the relay answered ${response.status}`);
  if (response.headers.get("content-type")?.includes("json") !== true) {
    throw new Error("this relay names no chain, so that one can watch here and not play");
  }
  return response.json();
}

/** From the relay's answer; throws what is wrong with it. */
export function parseInfo(value: unknown): ChainInfo {
  const answer = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const text = (name: string): string => {
    const found = answer[name];
    if (typeof found !== "string" || found === "") throw new Error(`the relay's answer lacks \`${name}\``);
    return found;
  };
  const explorer = answer["explorer"];
  const rpc = reachable(text("rpc"));
  return {
    rpc,
    client: createSolanaRpc(rpc),
    program: text("program"),
    genesisHash: text("genesis_hash"),
    chain: walletChain(text("chain")),
    transactionHref: (signature) =>
      typeof explorer === "string" ? explorer.replace("{signature}", signature) : undefined,
  };
}

/** Seen from another machine, a chain on the relay's own machine is where the page came from. */
function reachable(rpc: string): string {
  const url = new URL(rpc);
  if (/^(127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname) && !isLocal(location.hostname)) {
    url.hostname = location.hostname;
  }
  return url.href;
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "127.0.0.1" || host === "[::1]";
}

function walletChain(name: string): WalletChain {
  switch (name.replace(/^solana:/, "")) {
    case "mainnet":
    case "mainnet-beta":
      return "solana:mainnet";
    case "devnet":
      return "solana:devnet";
    case "testnet":
      return "solana:testnet";
    default:
      return "solana:localnet";
  }
}

async function checkGenesis({ rpc, genesisHash }: ChainInfo): Promise<void> {
  const found = await callRpc(rpc, "getGenesisHash", []);
  if (found !== genesisHash) {
    throw new Error("the RPC serves another chain than the relay; nothing can be entered from here");
  }
}

/** One JSON-RPC call; throws what the server says. For what `@solana/kit` has no method for. */
export async function callRpc(rpc: string, method: string, params: readonly unknown[]): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(rpc, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Error("the chain does not answer");
  }
  const body = (await response.json()) as { result?: unknown; error?: { message?: string } };
  if (body.error !== undefined) throw new Error(body.error.message ?? "the chain refused");
  return body.result;
}
