// The escrow through its IDL alone, with @coral-xyz/anchor: governs a program of its own wallet, opens a match,
// enters it, changes the session key, gives the match up and takes the stake back; decodes every account and
// every event on the way. Then, for each address given, decodes that match and all its events.
//
// Usage: tsx escrow.ts [MATCH…], where ANCHOR_PROVIDER_URL is a chain whose program has the wallet of
// ANCHOR_WALLET as its upgrade authority (`anchor test` sets both). PubSub is expected on the next port.
// Prints one line of JSON when all is well; anything unexpected ends it with a message and exit status 1.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import anchor from "@coral-xyz/anchor";
import { eventsAt, eventsOf, type ProgramEvent } from "./events.js";
import { createMint, giveTokens, TOKEN_PROGRAM, tokenAccount } from "./spl-token.js";

const { AnchorProvider, BN, Program, utils, web3 } = anchor;
const { Keypair, PublicKey, SystemProgram, Transaction } = web3;
type Address = anchor.web3.PublicKey;

const SOL = 1_000_000_000;
const STAKE = 1_000_003;
const WARRIORS = 3;
const WARRIORS_MAX = 4;
const PURSE = 50_000_000n;
const BOND = 9_000_000n;
/** The rules of Blitz, as in docs/RULES.md. */
const RULES = Buffer.from(
    "010002140520100218153c00010000002c01c8001c25000000000a001027581b" +
    "060003001e00f401200358026400204ee8038813f401b400c8003c0090018c0a" +
    "2c01b400701784036801c4095802b80b2c01d430000000000000000000000000",
  "hex",
);
const LOADER = new PublicKey("BPFLoaderUpgradeab1e11111111111111111111111");

const provider = AnchorProvider.env();
provider.opts.commitment = "confirmed";
const connection = new web3.Connection(provider.connection.rpcEndpoint, "confirmed");
const wallet = provider.wallet as anchor.Wallet;
const own = new AnchorProvider(connection, wallet, { commitment: "confirmed" });
const idl = JSON.parse(readFileSync(new URL("../../idl/aurelius.json", import.meta.url), "utf8"));
const program = new Program(idl, own) as anchor.Program;
// The coder takes names as the IDL has them; the accounts and methods are in camel case.
const accounts = program.account as Record<string, anchor.AccountClient<anchor.Idl>>;
const methods = program.methods as Record<string, (...args: unknown[]) => any>;
const account = (name: string) => accounts[name] as any;

const address = (...seeds: (Uint8Array | string)[]): Address =>
  PublicKey.findProgramAddressSync(
    seeds.map((seed) => Buffer.from(seed)),
    program.programId,
  )[0];
const everyCall = { eventAuthority: address("__event_authority"), program: program.programId };
const config = address("config");
const seen = new Set<string>();

/** Sends one instruction of the program and gives the events it emitted. */
async function call(
  name: string,
  args: unknown[],
  named: Record<string, Address | null>,
  signer?: anchor.web3.Keypair,
): Promise<ProgramEvent[]> {
  const builder = methods[name]?.(...args).accountsPartial({ ...everyCall, ...named });
  assert(builder, `the IDL has no instruction ${name}`);
  const signature: string = await builder.signers(signer ? [signer] : []).rpc();
  const events = await eventsOf(program, signature);
  for (const event of events) seen.add(event.name);
  return events;
}

/** The one event of a call, whose name is as given. */
async function only(name: string, call: Promise<ProgramEvent[]>) {
  const events = await call;
  assert.deepEqual(events.map((event) => event.name), [name]);
  return events[0]!.data;
}

async function fund(to: Address, lamports: number) {
  const signature = await connection.requestAirdrop(to, lamports);
  const { value } = await connection.confirmTransaction(
    { signature, ...(await connection.getLatestBlockhash()) },
    "confirmed",
  );
  assert.equal(value.err, null);
}

const tokens = async (of: Address) =>
  BigInt((await connection.getTokenAccountBalance(of, "confirmed")).value.amount);

const authority = wallet.publicKey;
if ((await connection.getBalance(authority)) < SOL) await fund(authority, 10 * SOL);

// The config: ours to make on a fresh chain, ours to govern otherwise.
const cluster = [...utils.bytes.bs58.decode(await connection.getGenesisHash())];
if (!(await connection.getAccountInfo(config))) {
  const windows = {
    lockSlots: new BN(6_000),
    entropySlots: new BN(1_000),
    checkpointSlots: new BN(1_000),
    resultSlots: new BN(1_000),
    challengeSlots: new BN(150),
  };
  const bond = { factorBps: 20_000, burnBps: 5_000, reporterBps: 1_000, withdrawSlots: new BN(100) };
  const made = await only(
    "configInitialized",
    call(
      "initializeConfig",
      [
        {
          authority,
          treasury: Keypair.generate().publicKey,
          randomnessProgram: new PublicKey("SBondMDrcV3K4kxZR1HNVT7osZxAHVHgYXL5Ze1oMUv"),
          randomnessQueue: new PublicKey("A43DyUGA7s8eXPxqEjJY6EBu1KKbNgfxF8h17VAHn13w"),
          windows,
          cluster,
          bond,
        },
      ],
      {
        upgradeAuthority: authority,
        payer: authority,
        config,
        programData: PublicKey.findProgramAddressSync([program.programId.toBytes()], LOADER)[0],
      },
    ),
  );
  assert(made.authority.equals(authority));
}
const governed = await account("config").fetch(config);
assert(governed.authority.equals(authority), "another wallet governs this program");
assert.deepEqual([...governed.cluster], cluster);
assert.equal(governed.bond.factorBps, 20_000);

// A mint, the lists, an operator with a bond.
const mint = Keypair.generate();
await own.sendAndConfirm(
  new Transaction().add(
    ...(await createMint(connection, mint.publicKey, authority)),
    ...giveTokens(mint.publicKey, authority, authority, BOND),
  ),
  [mint],
);
const governing = { authority, config, mint: mint.publicKey };
await only("mintAllowed", call("allowMint", [], governing));
const rulesHash = [...createHash("sha256").update(RULES).digest()];
const isAllowed = governed.rules
  .slice(0, governed.rulesCount)
  .some((known: number[]) => Buffer.from(known).equals(Buffer.from(rulesHash)));
if (!isAllowed) await only("rulesAllowed", call("allowRules", [rulesHash], { authority, config }));
const operator = address("operator", authority.toBytes(), mint.publicKey.toBytes());
const bondVault = address("bond", operator.toBytes());
const inMint = { config, operator, bondVault, mint: mint.publicKey, tokenProgram: TOKEN_PROGRAM };
await only(
  "operatorRegistered",
  call("registerOperator", [], { ...inMint, authority, payer: authority }),
);
await only("operatorActiveSet", call("setOperatorActive", [true], { authority, config, operator }));
const deposited = await only(
  "bondDeposited",
  call("depositBond", [new BN(BOND.toString())], {
    ...inMint,
    depositor: authority,
    depositorToken: tokenAccount(mint.publicKey, authority),
  }),
);
assert.equal(deposited.bond.toString(), BOND.toString());
assert.equal(await tokens(bondVault), BOND);

/** Length of a slot that beacons are scheduled by, in microseconds. */
const SLOT_US = 420_000;

// A match: twice its largest pot is reserved of the bond.
const { nextMatchId } = await account("operator").fetch(operator);
const matchAccount = address("match", operator.toBytes(), nextMatchId.toArrayLike(Buffer, "le", 8));
const trace = address("trace", matchAccount.toBytes());
const vault = address("vault", matchAccount.toBytes());
// What the config makes of it, which operator and players name when they commit money.
const reserved = 2 * STAKE * WARRIORS_MAX;
const u16 = (value: number) => new BN(value).toArrayLike(Buffer, "le", 2);
const u64 = (value: InstanceType<typeof BN> | number) => new BN(value).toArrayLike(Buffer, "le", 8);
const { windows: pinned, bond: bondTerms } = governed;
const agreed = createHash("sha256").update("aurelius:terms:v1");
for (const slots of [
  pinned.lockSlots,
  pinned.entropySlots,
  pinned.checkpointSlots,
  pinned.resultSlots,
  pinned.challengeSlots,
  reserved,
]) {
  agreed.update(u64(slots));
}
agreed.update(u16(bondTerms.burnBps)).update(u16(bondTerms.reporterBps)).update(u64(bondTerms.withdrawSlots));
const termsHash = [...agreed.update(Buffer.from(rulesHash)).update(u64(0)).update(u64(SLOT_US)).digest()];
const terms = {
  rules: RULES,
  stakePerWarrior: new BN(STAKE),
  playersMax: 2,
  warriorsMax: WARRIORS_MAX,
  dripRoot: [...randomBytes(32)],
  receiptKey: Keypair.generate().publicKey,
  scheduledSlot: new BN(0),
  expectTerms: termsHash,
  slotUs: SLOT_US,
};
const created = await only(
  "matchCreated",
  call("createMatch", [nextMatchId, terms], {
    ...inMint,
    crank: authority,
    payer: authority,
    matchAccount,
    trace,
    vault,
  }),
);
assert.equal(created.bondReserved.toNumber(), reserved);
assert(Buffer.from(created.rules).equals(RULES));
assert.equal((await account("operator").fetch(operator)).reservedBond.toNumber(), reserved);
const traced = await account("trace").fetch(trace);
assert(traced.matchKey.equals(matchAccount));
assert.equal(traced.checkpointsMax, 45);

// A player with a wallet of their own enters.
const player = Keypair.generate();
await fund(player.publicKey, SOL);
await own.sendAndConfirm(
  new Transaction().add(...giveTokens(mint.publicKey, authority, player.publicKey, PURSE)),
);
const entry = address("entry", matchAccount.toBytes(), player.publicKey.toBytes());
const purse = tokenAccount(mint.publicKey, player.publicKey);
const entering = {
  player: player.publicKey,
  payer: player.publicKey,
  config,
  matchAccount,
  entry,
  vault,
  mint: mint.publicKey,
  playerToken: purse,
  tokenProgram: TOKEN_PROGRAM,
  systemProgram: SystemProgram.programId,
};
const request = {
  warriors: WARRIORS,
  sessionKey: Keypair.generate().publicKey,
  expectStake: new BN(STAKE),
  expectRulesHash: rulesHash,
  expectTerms: termsHash,
  expectLate: false,
};
// A refusal comes by the name that the IDL gives it.
await assert.rejects(
  call("enter", [{ ...request, expectStake: new BN(STAKE - 1) }], entering, player),
  (error: anchor.AnchorError) => error.error?.errorCode.code === "StakeMismatch",
);
const paid = STAKE * WARRIORS;
const entered = await only("entered", call("enter", [request], entering, player));
assert(entered.player.equals(player.publicKey));
assert.equal(entered.paid.toNumber(), paid);
assert.equal(await tokens(purse), PURSE - BigInt(paid));

const sessionKey = Keypair.generate().publicKey;
const rotated = await only(
  "sessionKeyRotated",
  call("rotateSessionKey", [sessionKey], { player: player.publicKey, matchAccount, entry }, player),
);
assert(rotated.sessionKey.equals(sessionKey));
const entryNow = await account("entry").fetch(entry);
assert(entryNow.sessionKey.equals(sessionKey));
assert.equal(entryNow.warriors, WARRIORS);
const open = await account("match").fetch(matchAccount);
assert.equal(open.status, 0);
assert.equal(open.playersCount, 1);
assert.equal(open.warriorsTotal, WARRIORS);
assert.equal(open.deposited.toNumber(), paid);
assert.equal(open.bondReserved.toNumber(), reserved);
assert.deepEqual([...open.rulesHash], rulesHash);
assert(open.vault.equals(vault));

// Given up: the stake goes back, the bond is free again.
await only("matchCancelled", call("cancel", [], { caller: authority, matchAccount, operator }));
const refunded = await only(
  "refunded",
  call("refund", [], {
    caller: authority,
    matchAccount,
    entry,
    vault,
    mint: mint.publicKey,
    recipientToken: purse,
    tokenProgram: TOKEN_PROGRAM,
    // Nobody can ask for memos in this mint.
    memoProgram: null,
  }),
);
assert.equal(refunded.amount.toNumber(), paid);
assert.equal(refunded.compensation.toNumber(), 0);
assert.equal(await tokens(purse), PURSE);
assert.equal(await tokens(vault), 0n);
const requested = await only(
  "bondWithdrawalRequested",
  call("requestBondWithdrawal", [new BN(BOND.toString())], { authority, config, operator }),
);
assert.equal(requested.amount.toString(), BOND.toString());
const free = await account("operator").fetch(operator);
assert.equal(free.reservedBond.toNumber(), 0);
assert.equal(free.withdrawalAmount.toString(), BOND.toString());

const told = (await eventsAt(program, matchAccount)).map((event) => event.name);
assert.deepEqual(told, ["matchCreated", "entered", "sessionKeyRotated", "matchCancelled", "refunded"]);

// Matches that others played.
const matches = [];
for (const text of process.argv.slice(2)) {
  const key = new PublicKey(text);
  const view = await account("match").fetch(key);
  const events = await eventsAt(program, key);
  for (const event of events) seen.add(event.name);
  matches.push({
    address: text,
    status: view.status,
    cosigned: view.cosigned,
    checkpoints: view.checkpointsPosted,
    pot: view.pot.toString(),
    slash: view.slash.toString(),
    lastLeaf: Buffer.from(view.lastLeaf).toString("hex"),
    events: events.map((event) => event.name),
  });
}

console.log(
  JSON.stringify({
    client: "@coral-xyz/anchor",
    program: program.programId.toBase58(),
    match: matchAccount.toBase58(),
    entry: entry.toBase58(),
    events: [...seen].sort(),
    matches,
  }),
);
process.exit(0);
