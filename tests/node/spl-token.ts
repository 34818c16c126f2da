// The few SPL Token instructions that a match's players and operator need, by their bytes: a mint, canonical
// token accounts, tokens. (Anchor brings none.)
import anchor from "@coral-xyz/anchor";

const { web3 } = anchor;
const { PublicKey, SystemProgram, TransactionInstruction } = web3;
type Address = anchor.web3.PublicKey;
type Instruction = anchor.web3.TransactionInstruction;

export const TOKEN_PROGRAM = new PublicKey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
const ASSOCIATED_TOKEN_PROGRAM = new PublicKey("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
const MINT_BYTES = 82;
const DECIMALS = 6;

/** The canonical token account of `owner`. */
export function tokenAccount(mint: Address, owner: Address): Address {
  const seeds = [owner.toBytes(), TOKEN_PROGRAM.toBytes(), mint.toBytes()];
  return PublicKey.findProgramAddressSync(seeds, ASSOCIATED_TOKEN_PROGRAM)[0];
}

/** Creates `mint`, which signs, with `authority` as payer and mint authority. */
export async function createMint(
  connection: anchor.web3.Connection,
  mint: Address,
  authority: Address,
): Promise<Instruction[]> {
  return [
    SystemProgram.createAccount({
      fromPubkey: authority,
      newAccountPubkey: mint,
      lamports: await connection.getMinimumBalanceForRentExemption(MINT_BYTES),
      space: MINT_BYTES,
      programId: TOKEN_PROGRAM,
    }),
    new TransactionInstruction({
      programId: TOKEN_PROGRAM,
      keys: [{ pubkey: mint, isSigner: false, isWritable: true }],
      // InitializeMint2, without a freeze authority.
      data: Buffer.from([20, DECIMALS, ...authority.toBytes(), 0]),
    }),
  ];
}

/** Creates the canonical token account of `owner` and mints `amount` base units into it. */
export function giveTokens(
  mint: Address,
  authority: Address,
  owner: Address,
  amount: bigint,
): Instruction[] {
  const account = tokenAccount(mint, owner);
  const mintTo = Buffer.alloc(9);
  mintTo.writeUInt8(7);
  mintTo.writeBigUInt64LE(amount, 1);
  return [
    new TransactionInstruction({
      programId: ASSOCIATED_TOKEN_PROGRAM,
      keys: [
        { pubkey: authority, isSigner: true, isWritable: true },
        { pubkey: account, isSigner: false, isWritable: true },
        { pubkey: owner, isSigner: false, isWritable: false },
        { pubkey: mint, isSigner: false, isWritable: false },
        { pubkey: SystemProgram.programId, isSigner: false, isWritable: false },
        { pubkey: TOKEN_PROGRAM, isSigner: false, isWritable: false },
      ],
      data: Buffer.from([1]),
    }),
    new TransactionInstruction({
      programId: TOKEN_PROGRAM,
      keys: [
        { pubkey: mint, isSigner: false, isWritable: true },
        { pubkey: account, isSigner: false, isWritable: true },
        { pubkey: authority, isSigner: true, isWritable: false },
      ],
      data: mintTo,
    }),
  ];
}
