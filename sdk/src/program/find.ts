/** Accounts found by what is in them. The RPC must serve `getProgramAccounts`. */
import {
  type Account,
  type Address,
  type Base58EncodedBytes,
  type Base64EncodedBytes,
  type EncodedAccount,
  getBase58Decoder,
  getBase64Encoder,
  type GetProgramAccountsApi,
  type Rpc,
} from "@solana/kit";
import {
  AURELIUS_PROGRAM_ADDRESS,
  type Entry,
  ENTRY_DISCRIMINATOR,
  type Match,
  MATCH_DISCRIMINATOR,
} from "../generated/index.js";
import { readEntry, readMatch } from "./accounts.js";
import { MatchStatusByte, type StatusName } from "./vocabulary.js";

export type FindRpc = Rpc<GetProgramAccountsApi>;

/** Offsets in the accounts, discriminator included. */
const STATUS_OFFSET = 11n;
const OPERATOR_OFFSET = 232n;
const ENTRY_PLAYER_OFFSET = 47n;

export interface MatchFilter {
  readonly status?: Exclude<StatusName, "unknown">;
  /** Operator account, not its authority. */
  readonly operator?: Address;
}

/** The matches whose accounts exist. */
export async function findMatches(rpc: FindRpc, filter: MatchFilter = {}): Promise<Account<Match>[]> {
  const { status, operator } = filter;
  const filters = [memcmp(0n, base58(MATCH_DISCRIMINATOR))];
  if (status !== undefined) filters.push(memcmp(STATUS_OFFSET, base58([MatchStatusByte[status]])));
  if (operator !== undefined) filters.push(memcmp(OPERATOR_OFFSET, operator));
  return (await search(rpc, filters)).map(readMatch);
}

/** Everything that `player` has entered and that was not closed. */
export async function findEntries(rpc: FindRpc, player: Address): Promise<Account<Entry>[]> {
  const filters = [memcmp(0n, base58(ENTRY_DISCRIMINATOR)), memcmp(ENTRY_PLAYER_OFFSET, player)];
  return (await search(rpc, filters)).map(readEntry);
}

function memcmp(offset: bigint, bytes: string) {
  return { memcmp: { offset, bytes: bytes as Base58EncodedBytes, encoding: "base58" as const } };
}

async function search(rpc: FindRpc, filters: ReturnType<typeof memcmp>[]): Promise<EncodedAccount[]> {
  const found = await rpc
    .getProgramAccounts(AURELIUS_PROGRAM_ADDRESS, { commitment: "confirmed", encoding: "base64", filters })
    .send();
  return found.map(({ pubkey, account }) => ({
    address: pubkey,
    data: bytesOf(account.data[0]),
    executable: account.executable,
    lamports: account.lamports,
    programAddress: account.owner,
    space: account.space,
  }));
}

const bytesOf = (data: Base64EncodedBytes) => Uint8Array.from(getBase64Encoder().encode(data));
const base58 = (bytes: ArrayLike<number>) => getBase58Decoder().decode(Uint8Array.from(bytes));
