/**
 * Accounts of the program, read from a chain.
 *
 * Invariant: an account is decoded only if the program owns it and it begins with the discriminator
 * of its kind; the generated decoders alone check neither. Absent accounts are `null`, foreign ones
 * an `AccountError`.
 */
import {
  type Account,
  type Address,
  decodeAccount,
  type EncodedAccount,
  fetchEncodedAccount,
  type FetchAccountConfig,
  type GetAccountInfoApi,
  type Rpc,
} from "@solana/kit";
import {
  AURELIUS_PROGRAM_ADDRESS,
  type Config,
  type Entry,
  getConfigDecoder,
  getConfigDiscriminatorBytes,
  getEntryDecoder,
  getEntryDiscriminatorBytes,
  getMatchDecoder,
  getMatchDiscriminatorBytes,
  getOperatorDecoder,
  getOperatorDiscriminatorBytes,
  getTraceDecoder,
  getTraceDiscriminatorBytes,
  getUploadDecoder,
  getUploadDiscriminatorBytes,
  type Match,
  type Operator,
  type Trace,
  type Upload,
} from "../generated/index.js";
import { entryAddress, findConfigAddress, traceAddress } from "./addresses.js";
import { startsWith } from "./bytes.js";

/** An account that is not what was expected at its address. */
export class AccountError extends Error {
  override readonly name = "AccountError";
}

export type AccountRpc = Rpc<GetAccountInfoApi>;
type Read<T extends object> = (account: EncodedAccount) => Account<T>;
type Bytes = ArrayLike<number>;

function reader<T extends object>(
  kind: string,
  discriminator: () => Bytes,
  decoder: () => Parameters<typeof decodeAccount<T>>[1],
): Read<T> {
  return (account) => {
    if (account.programAddress !== AURELIUS_PROGRAM_ADDRESS) {
      throw new AccountError(
        `${account.address} is owned by ${account.programAddress}, not by the program ${AURELIUS_PROGRAM_ADDRESS}`,
      );
    }
    if (!startsWith(account.data, discriminator())) {
      throw new AccountError(`${account.address} holds no ${kind}: its discriminator differs`);
    }
    try {
      return decodeAccount(account, decoder());
    } catch (error) {
      throw new AccountError(`${account.address} is too short to hold the ${kind}`, { cause: error });
    }
  };
}

export const readConfig: Read<Config> = reader("config", getConfigDiscriminatorBytes, getConfigDecoder);
export const readOperator: Read<Operator> = reader(
  "operator",
  getOperatorDiscriminatorBytes,
  getOperatorDecoder,
);
export const readMatch: Read<Match> = reader("match", getMatchDiscriminatorBytes, getMatchDecoder);
export const readEntry: Read<Entry> = reader("entry", getEntryDiscriminatorBytes, getEntryDecoder);
export const readTrace: Read<Trace> = reader("trace", getTraceDiscriminatorBytes, getTraceDecoder);
export const readUpload: Read<Upload> = reader("upload", getUploadDiscriminatorBytes, getUploadDecoder);

async function load<T extends object>(
  rpc: AccountRpc,
  address: Address,
  read: Read<T>,
  config?: FetchAccountConfig,
): Promise<Account<T> | null> {
  const account = await fetchEncodedAccount(rpc, address, { commitment: "confirmed", ...config });
  return account.exists ? read(account) : null;
}

export const loadMatch = (rpc: AccountRpc, match: Address, config?: FetchAccountConfig) =>
  load(rpc, match, readMatch, config);
export const loadOperator = (rpc: AccountRpc, operator: Address, config?: FetchAccountConfig) =>
  load(rpc, operator, readOperator, config);
export const loadConfig = async (rpc: AccountRpc, config?: FetchAccountConfig) =>
  load(rpc, await findConfigAddress(), readConfig, config);
/** The digests of a match's checkpoints; gone once the match is closed. */
export const loadTrace = async (rpc: AccountRpc, match: Address, config?: FetchAccountConfig) =>
  load(rpc, await traceAddress(match), readTrace, config);
/** What `player` has in `match`. */
export const loadEntry = async (
  rpc: AccountRpc,
  match: Address,
  player: Address,
  config?: FetchAccountConfig,
) => load(rpc, await entryAddress(match, player), readEntry, config);

/** The digests that were posted, one for each checkpoint from the first. */
export function postedDigests(trace: Trace, match: Pick<Match, "checkpointsPosted">): Uint8Array[] {
  return trace.digests.slice(0, match.checkpointsPosted).map((digest) => Uint8Array.from(digest));
}
