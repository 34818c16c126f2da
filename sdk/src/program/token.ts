/** The one instruction of the associated token program that players need. */
import { AccountRole, type Address, address, type Instruction, type TransactionSigner } from "@solana/kit";
import { ASSOCIATED_TOKEN_PROGRAM, tokenAccountAddress } from "./addresses.js";

const SYSTEM_PROGRAM = address("11111111111111111111111111111111");
/** `CreateIdempotent`: nothing happens where the account exists. */
const CREATE_IDEMPOTENT = 1;

export interface TokenAccountOf {
  /** Pays the rent. */
  readonly payer: TransactionSigner;
  readonly owner: Address;
  readonly mint: Address;
  readonly tokenProgram: Address;
}

/** Makes the canonical token account of `owner` unless it exists. */
export async function createTokenAccount(of: TokenAccountOf): Promise<Instruction> {
  const account = await tokenAccountAddress(of.owner, of.mint, of.tokenProgram);
  return {
    programAddress: ASSOCIATED_TOKEN_PROGRAM,
    accounts: [
      { address: of.payer.address, role: AccountRole.WRITABLE_SIGNER, signer: of.payer } as never,
      { address: account, role: AccountRole.WRITABLE },
      { address: of.owner, role: AccountRole.READONLY },
      { address: of.mint, role: AccountRole.READONLY },
      { address: SYSTEM_PROGRAM, role: AccountRole.READONLY },
      { address: of.tokenProgram, role: AccountRole.READONLY },
    ],
    data: Uint8Array.of(CREATE_IDEMPOTENT),
  };
}
