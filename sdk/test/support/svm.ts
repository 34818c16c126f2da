/**
 * The committed program in LiteSVM, with accounts forged to the point where a test begins.
 *
 * Accounts are made by the generated encoders, as the program would have left them; what the tests
 * then do to them is done by the program.
 */
import { fileURLToPath } from "node:url";
import {
  type Address,
  appendTransactionMessageInstructions,
  assertIsTransactionWithinSizeLimit,
  createTransactionMessage,
  type Decoder,
  type Encoder,
  generateKeyPairSigner,
  getAddressDecoder,
  getAddressEncoder,
  type Instruction,
  type KeyPairSigner,
  lamports,
  pipe,
  setTransactionMessageComputeUnitLimit,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";
import { FailedTransactionMetadata, LiteSVM, type TransactionMetadata } from "litesvm";
import { expect } from "vitest";
import {
  AURELIUS_PROGRAM_ADDRESS,
  findMatchAccountPda,
  findOperatorPda,
  findVaultPda,
  getConfigDecoder,
  getConfigEncoder,
  getEntryDecoder,
  getEntryEncoder,
  getMatchDecoder,
  getMatchEncoder,
  getOperatorDecoder,
  getOperatorEncoder,
  getTraceDecoder,
  getTraceEncoder,
  type Match,
  type PlayerSlot,
} from "../../src/generated/index.js";
import { readEntry, readMatch } from "../../src/program/accounts.js";
import * as addresses from "../../src/program/addresses.js";
import { decodeEvent } from "../../src/program/events.js";
import { explain } from "../../src/program/failure.js";

const ELF = fileURLToPath(new URL("../../../programs/aurelius/artifact/aurelius.so", import.meta.url));
export const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
export const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;
const SOL = 1_000_000_000n;
export const STAKE = 1_000_000n;
export const PURSE = 20_000_000n;

const key = (address: Address) => getAddressEncoder().encode(address);
/** The fields of an account whose bytes are all zero. */
const blank = <T>(decoder: Decoder<T>, bytes: number): T => decoder.decode(new Uint8Array(bytes));

export class World {
  readonly svm = new LiteSVM();
  readonly mint: Address;
  readonly operator: Address;
  readonly match: Address;
  readonly vault: Address;
  readonly #matchBump: number;
  readonly #authority: KeyPairSigner;

  private constructor(
    mint: Address,
    authority: KeyPairSigner,
    operator: Address,
    match: readonly [Address, number],
    vault: Address,
  ) {
    this.mint = mint;
    this.#authority = authority;
    this.operator = operator;
    [this.match, this.#matchBump] = match;
    this.vault = vault;
    this.svm.addProgramFromFile(AURELIUS_PROGRAM_ADDRESS, ELF);
  }

  static async create(): Promise<World> {
    const [authority, mint] = await Promise.all([generateKeyPairSigner(), generateKeyPairSigner()]);
    const [operator, operatorBump] = await findOperatorPda({
      authority: authority.address,
      mint: mint.address,
    });
    const match = await findMatchAccountPda({ operator, matchId: 7n });
    const [vault] = await findVaultPda({ matchAccount: match[0] });
    const world = new World(mint.address, authority, operator, match, vault);
    await world.#setUp(operatorBump);
    return world;
  }

  async #setUp(operatorBump: number): Promise<void> {
    this.svm.warpToSlot(10n);
    const mint = new Uint8Array(82);
    new DataView(mint.buffer).setBigUint64(36, 1n << 60n, true); // the supply, which a burn lowers
    mint[44] = 6;
    mint[45] = 1;
    this.#put(this.mint, mint, TOKEN_PROGRAM);
    const config = { ...blank(getConfigDecoder(), 4096), version: 1, mintsCount: 1 };
    this.#put(await addresses.findConfigAddress(), this.#encode(getConfigEncoder(), config));
    const operator = {
      ...blank(getOperatorDecoder(), 4096),
      version: 1,
      authority: this.#authority.address,
      crank: this.#authority.address,
      mint: this.mint,
      active: true,
      bump: operatorBump,
      reservedBond: 40_000_000n,
      bond: 40_000_000n,
      bondVault: await addresses.bondVaultAddress(this.operator),
    };
    this.#put(this.operator, this.#encode(getOperatorEncoder(), operator));
    this.putTokens(await addresses.bondVaultAddress(this.operator), this.operator, 40_000_000n);
    this.putTokens(this.vault, this.match, 0n);
  }

  #encode<T>(encoder: Encoder<T>, value: T): Uint8Array {
    return Uint8Array.from(encoder.encode(value));
  }

  #put(address: Address, data: Uint8Array, owner: Address = AURELIUS_PROGRAM_ADDRESS): void {
    const space = BigInt(data.length);
    this.svm.setAccount({
      address,
      data,
      executable: false,
      lamports: lamports(this.svm.minimumBalanceForRentExemption(space)),
      programAddress: owner,
      space,
    });
  }

  putTokens(address: Address, owner: Address, amount: bigint): void {
    const data = new Uint8Array(165);
    data.set(key(this.mint), 0);
    data.set(key(owner), 32);
    new DataView(data.buffer).setBigUint64(64, amount, true);
    data[108] = 1;
    this.#put(address, data, TOKEN_PROGRAM);
  }

  /** A match with `fields` changed from an open one of two players at most. */
  async putMatch(fields: Partial<Match>): Promise<void> {
    const slots = fields.slots ?? [this.slot({}), this.slot({})];
    const match: Match = {
      ...blank(getMatchDecoder(), 1192),
      version: 1,
      bump: this.#matchBump,
      playersMax: slots.length,
      warriorsMax: 20,
      warriorsMin: 2,
      warriorsPerPlayerMax: 5,
      segmentsPerCheckpoint: 2,
      slotsPerSegment: 60,
      checkpointTicks: 120,
      rulesLen: 96,
      matchId: 7n,
      stakePerWarrior: STAKE,
      lockDeadline: 1_000n,
      operator: this.operator,
      operatorAuthority: this.#authority.address,
      mint: this.mint,
      tokenProgram: TOKEN_PROGRAM,
      vault: this.vault,
      trace: await addresses.traceAddress(this.match),
      rentPayer: this.#authority.address,
      rulesHash: new Uint8Array(32).fill(7),
      bondReserved: 10_000_000n,
      bondHeld: 1,
      crank: this.#authority.address,
      burnBps: 5_000,
      reporterBps: 1_000,
      withdrawSlots: 30n,
      ...fields,
      slots,
    };
    this.#put(this.match, this.#encode(getMatchEncoder(), match));
    this.putTokens(this.vault, this.match, match.owed);
  }

  slot(fields: Partial<PlayerSlot>): PlayerSlot {
    const empty = { player: SYSTEM_PROGRAM, paid: 0n, payout: 0n, warriors: 0, firstWarrior: 0, flags: 0 };
    return { ...empty, padding: new Uint8Array(5), ...fields };
  }

  async putEntry(player: Address, slotIndex: number, paid: bigint): Promise<void> {
    const entry = {
      ...blank(getEntryDecoder(), 191),
      version: 1,
      slotIndex,
      warriors: Number(paid / STAKE),
      matchKey: this.match,
      player,
      sessionKey: player,
      rentPayer: player,
      paid,
    };
    this.#put(await addresses.entryAddress(this.match, player), this.#encode(getEntryEncoder(), entry));
  }

  async putTrace(digests: readonly Uint8Array[]): Promise<void> {
    const trace = {
      ...blank(getTraceDecoder(), 72),
      version: 1,
      checkpointsMax: digests.length,
      matchKey: this.match,
    };
    const data = this.#encode(getTraceEncoder(), { ...trace, digests: [...digests] });
    this.#put(await addresses.traceAddress(this.match), data);
  }

  /** Somebody with SOL and tokens. */
  async person(): Promise<KeyPairSigner> {
    const signer = await generateKeyPairSigner();
    this.svm.airdrop(signer.address, lamports(10n * SOL));
    this.putTokens(await this.purse(signer.address), signer.address, PURSE);
    return signer;
  }

  purse = (owner: Address) => addresses.tokenAccountAddress(owner, this.mint, TOKEN_PROGRAM);

  async tokens(owner: Address): Promise<bigint> {
    const account = this.svm.getAccount(await this.purse(owner));
    return account.exists ? new DataView(Uint8Array.from(account.data).buffer).getBigUint64(64, true) : 0n;
  }

  readMatch() {
    const account = this.svm.getAccount(this.match);
    if (!account.exists) throw new Error("the match is gone");
    return readMatch(account);
  }

  async readEntry(player: Address) {
    const account = this.svm.getAccount(await addresses.entryAddress(this.match, player));
    return account.exists ? readEntry(account) : null;
  }

  async #send(payer: KeyPairSigner, instructions: readonly Instruction[]) {
    this.svm.expireBlockhash();
    const blockhash = { blockhash: this.svm.latestBlockhash(), lastValidBlockHeight: 1_000_000n };
    const message = pipe(
      createTransactionMessage({ version: 0 }),
      (m) => setTransactionMessageFeePayerSigner(payer, m),
      (m) => setTransactionMessageLifetimeUsingBlockhash(blockhash, m),
      (m) => setTransactionMessageComputeUnitLimit(1_400_000, m),
      (m) => appendTransactionMessageInstructions(instructions, m),
    );
    const signed = await signTransactionMessageWithSigners(message);
    assertIsTransactionWithinSizeLimit(signed);
    return this.svm.sendTransaction(signed);
  }

  /** Sends a transaction that must succeed; answers the program's events. */
  async does(payer: KeyPairSigner, instructions: readonly Instruction[]) {
    const outcome = await this.#send(payer, instructions);
    if (outcome instanceof FailedTransactionMetadata)
      throw new Error(`${outcome.err()}\n${outcome.meta().prettyLogs()}`);
    return eventsIn(outcome);
  }

  /** Sends one that the program must refuse; answers what its error means. */
  async refuses(payer: KeyPairSigner, instructions: readonly Instruction[]) {
    const outcome = await this.#send(payer, instructions);
    expect(outcome).toBeInstanceOf(FailedTransactionMetadata);
    const logs = (outcome as FailedTransactionMetadata).meta().logs().join("\n");
    const code = Number(/custom program error: (0x[0-9a-f]+)/.exec(logs)?.[1]);
    return explain({ InstructionError: [0, { Custom: code }] }, []);
  }
}

function eventsIn(outcome: TransactionMetadata) {
  return outcome
    .innerInstructions()
    .flat()
    .map((inner) => decodeEvent(Uint8Array.from(inner.instruction().data())))
    .filter((event) => event !== undefined);
}

export const addressOf = (bytes: Uint8Array): Address => getAddressDecoder().decode(bytes);
