/** Addresses that follow from others: those of the program, and token accounts. */
import {
  address,
  type Address,
  getAddressEncoder,
  getProgramDerivedAddress,
  type ProgramDerivedAddress,
} from "@solana/kit";
import {
  findBondVaultPda,
  findConfigPda,
  findEntryPda,
  findEventAuthorityPda,
  findHolderPda,
  findMatchAccountPda,
  findOperatorPda,
  findTracePda,
  findUploadPda,
  findVaultPda,
} from "../generated/index.js";

const only = async (derived: Promise<ProgramDerivedAddress>): Promise<Address> => (await derived)[0];

export const findConfigAddress = () => only(findConfigPda());
export const findEventAuthorityAddress = () => only(findEventAuthorityPda());
export const operatorAddress = (authority: Address, mint: Address) =>
  only(findOperatorPda({ authority, mint }));
export const bondVaultAddress = (operator: Address) => only(findBondVaultPda({ operator }));
export const matchAddress = (operator: Address, matchId: bigint) =>
  only(findMatchAccountPda({ operator, matchId }));
export const vaultAddress = (match: Address) => only(findVaultPda({ matchAccount: match }));
export const traceAddress = (match: Address) => only(findTracePda({ matchAccount: match }));
export const entryAddress = (match: Address, player: Address) =>
  only(findEntryPda({ matchAccount: match, player }));
export const uploadAddress = (owner: Address, uploadId: bigint) => only(findUploadPda({ owner, uploadId }));

export const ASSOCIATED_TOKEN_PROGRAM = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/** Wrapped SOL, of either token program: nobody can burn it. */
export const NATIVE_MINTS: readonly Address[] = [
  address("So11111111111111111111111111111111111111112"),
  address("9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXej9"),
];
/** Whose token account takes the burnt part of a slash in wrapped SOL: an address that nobody has a key of. */
export const INCINERATOR = address("1nc1nerator11111111111111111111111111111111");

const TOKEN_2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const MEMO_PROGRAM = address("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");

/** The memo program, as payments in a mint of `tokenProgram` name it; nothing where no recipient can ask for memos. */
export function withMemo(tokenProgram: Address): { memoProgram?: Address } {
  return tokenProgram === TOKEN_2022 ? { memoProgram: MEMO_PROGRAM } : {};
}

/** The holder of `owner`, whose token accounts hold what could not be paid to them. */
export function holderAddress(owner: Address): Promise<Address> {
  return only(findHolderPda({ owner }));
}

/** The canonical token account of `owner`: the only one that payouts and refunds go to. */
export function tokenAccountAddress(owner: Address, mint: Address, tokenProgram: Address): Promise<Address> {
  const bytes = getAddressEncoder();
  return only(
    getProgramDerivedAddress({
      programAddress: ASSOCIATED_TOKEN_PROGRAM,
      seeds: [bytes.encode(owner), bytes.encode(tokenProgram), bytes.encode(mint)],
    }),
  );
}
