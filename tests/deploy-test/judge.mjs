/**
 * Whether every promise was kept while services died: the money is exact, the verifier agrees with every match, and every
 * input that a bot was told is accepted is in its match.
 *
 * Believes the chain, and what bots were told; a replay file is only a claim, which `aurelius verify` has held against the
 * chain before. Usage: node judge.mjs FOLDER, which has
 *   before.json   {supply, bond, operator, treasury, mint, decimals} of before anybody played
 *   report.jsonl  a line for each entry that a bot played
 *   wallets/      the bots' key pairs
 *   replays/      MATCH.replay
 * and CHAIN_URL, the chain. `node judge.mjs FOLDER --before` writes the first; `--matches` lists the matches that were entered,
 * and fails while one is not over and paid.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  bondVaultAddress,
  findMatches,
  inputMessage,
  operatorAddress,
  statusOf,
  tokenAccountAddress,
  vaultAddress,
} from "@aurelius/sdk";
import { address, createSolanaRpc, getAddressDecoder, getBase58Decoder } from "@solana/kit";
import { ByteReader } from "../../sdk/dist/wire/bytes.js";

const [folder, task] = process.argv.slice(2);
const rpc = createSolanaRpc(process.env.CHAIN_URL);
const wrong = [];
const check = (what, found, expected) => {
  if (found !== expected) wrong.push(`${what} is ${found} and should be ${expected}`);
};

/** The wallet of a key pair file as `solana-keygen` writes it. */
function walletIn(path) {
  return getAddressDecoder().decode(Uint8Array.from(JSON.parse(readFileSync(path, "utf8"))).subarray(32));
}

async function tokensIn(account) {
  const { value } = await rpc.getAccountInfo(account, { commitment: "confirmed", encoding: "base64" }).send();
  if (value === null) return 0n;
  return Buffer.from(value.data[0], "base64").readBigUInt64LE(64);
}

async function supplyOf(mint) {
  const { value } = await rpc.getTokenSupply(mint, { commitment: "confirmed" }).send();
  return BigInt(value.amount);
}

async function tokenProgramOf(mint) {
  const { value } = await rpc.getAccountInfo(mint, { commitment: "confirmed", encoding: "base64" }).send();
  return value.owner;
}

/** What there is before anybody plays. */
async function before(keys) {
  const mint = walletIn(join(keys, "mint.json"));
  const operator = await operatorAddress(walletIn(join(keys, "operator.json")), mint);
  const bond = await tokensIn(await bondVaultAddress(operator));
  const treasury = walletIn(join(keys, "treasury.json"));
  const said = { mint, operator, treasury, supply: String(await supplyOf(mint)), bond: String(bond) };
  writeFileSync(join(folder, "before.json"), JSON.stringify(said));
}

const settled = (match) => statusOf(match) === "settled" && match.owed === 0n;
/** Matches that somebody has paid for. */
async function entered(operator) {
  const all = (await findMatches(rpc, { operator })).map(({ address, data }) => ({ address, ...data }));
  return all.filter((match) => match.slots.length > 0 && match.slots.some((slot) => slot.paid > 0n));
}

/** Every balance against what the matches say was paid, won, kept and burned. */
async function judgeMoney(start, matches) {
  const mint = address(start.mint);
  const program = await tokenProgramOf(mint);
  const balanceOf = async (owner) => tokensIn(await tokenAccountAddress(owner, mint, program));
  const sum = (numbers) => numbers.reduce((one, other) => one + other, 0n);
  const gained = new Map();
  for (const match of matches) {
    const paid = sum(match.slots.map((slot) => slot.paid));
    const payouts = sum(match.slots.map((slot) => slot.payout));
    check(`what leaves the pot of ${match.address}`, payouts + match.fee + match.burn, paid);
    check(`the vault of ${match.address}`, await tokensIn(await vaultAddress(match.address)), 0n);
    for (const { player, paid, payout } of match.slots)
      gained.set(player, (gained.get(player) ?? 0n) + payout - paid);
  }
  const burned = sum(matches.map((match) => match.burn));
  const fees = sum(matches.map((match) => match.fee));
  const supply = await supplyOf(mint);
  const wallets = readdirSync(join(folder, "wallets")).map((name) => walletIn(join(folder, "wallets", name)));
  // All bots were given the same before they played: what was minted for them, by the mint's own books.
  const minted = supply + burned - BigInt(start.supply);
  const purse = minted / BigInt(wallets.length);
  check("what is left when the minted tokens are shared among the bots", minted - purse * BigInt(wallets.length), 0n);
  for (const wallet of wallets)
    check(`the balance of ${wallet}`, await balanceOf(wallet), purse + (gained.get(wallet) ?? 0n));
  const strangers = [...gained.keys()].filter((wallet) => !wallets.includes(wallet));
  check("the number of players who are no bots", strangers.length, 0);
  check("the treasury", await balanceOf(address(start.treasury)), fees);
  check("the operator's bond", await tokensIn(await bondVaultAddress(address(start.operator))), BigInt(start.bond));
  return { wallets: wallets.length, paid: sum(matches.flatMap((match) => match.slots.map((slot) => slot.paid))), fees, burned };
}

/** All signed inputs of a replay file, by player slot: where the chain stands behind each. */
function chainsIn(path, match) {
  const bytes = readFileSync(path);
  const reader = new ByteReader(bytes.subarray(12, bytes.length - 32));
  const list = (item) => Array.from({ length: reader.length() }, item);
  const skipBytes = () => void reader.take(reader.length());
  reader.take(32); // program
  check(`the match of ${path}`, getBase58Decoder().decode(reader.take(32)), match);
  reader.varint(64); // the operator's own number
  reader.take(32); // operator
  reader.u32(); // mode
  skipBytes(); // rules
  reader.take(2); // capacity, warriors at the start
  skipBytes(); // owners
  list(() => {
    reader.take(1 + 32 + 32 + 1 + 1);
    reader.varint(64);
    reader.varint(64);
  });
  reader.take(32 * 4); // randomness, seed, drip root, genesis leaf
  list(() => {
    reader.take(64);
    if (reader.flag()) reader.take(64);
    list(() => {
      skipBytes();
      reader.take(32);
    });
  });
  const chains = new Map();
  const hex = (part) => Buffer.from(part).toString("hex");
  list(() => {
    const tick = reader.u32();
    const of = getBase58Decoder().decode(reader.take(32));
    const slot = reader.u8();
    const sequence = reader.u32();
    const previous = hex(reader.take(32));
    const seen = reader.u32();
    const input = { match: of, slot, sequence, previous, tick: seen, warrior: reader.u8(), heading: reader.u8() };
    reader.take(64); // signature
    const head = createHash("sha256").update(inputMessage(input)).digest("hex");
    const chain = chains.get(slot) ?? [];
    check(`the sequence of an input of slot ${slot} in ${match}`, sequence, chain.length + 1);
    check(`what an input of slot ${slot} in ${match} follows`, previous, chain.at(-1)?.head ?? "00".repeat(32));
    chain.push({ head, tick });
    chains.set(slot, chain);
  });
  return chains;
}

/** Everything that was acked is in the replay, in the chain that leads to the last ack. */
function judgeAcks(matches) {
  const lines = readFileSync(join(folder, "report.jsonl"), "utf8").trim().split("\n");
  const report = lines.map((line) => JSON.parse(line));
  const chains = new Map();
  for (const { address } of matches)
    chains.set(address, chainsIn(join(folder, "replays", `${address}.replay`), address));
  let acked = 0;
  for (const entry of report) {
    const who = `the bot in slot ${entry.slot} of ${entry.match}`;
    const chain = chains.get(entry.match)?.get(entry.slot) ?? [];
    check(`what ${who} counts as lost`, entry.lost, 0);
    acked += entry.acked;
    const last = entry.expected_sequence - 1;
    if (last > 0) check(`the input ${last} of ${who}`, chain[last - 1]?.head ?? "missing", entry.head);
  }
  const inputs = [...chains.values()].flatMap((of) => [...of.values()]).reduce((sum, chain) => sum + chain.length, 0);
  return { entries: report.length, acked, inputs };
}

if (task === "--before") {
  await before(process.argv[4]);
} else {
  const start = JSON.parse(readFileSync(join(folder, "before.json"), "utf8"));
  const matches = await entered(address(start.operator));
  if (task === "--matches") {
    for (const match of matches) console.log(match.address);
    process.exitCode = matches.length > 0 && matches.every(settled) ? 0 : 1;
  } else {
    for (const match of matches) check(`${match.address} is settled and paid:`, settled(match), true);
    const money = await judgeMoney(start, matches);
    const acks = judgeAcks(matches);
    for (const sentence of wrong) console.log(`WRONG: ${sentence}`);
    console.log(
      `${matches.length} matches, ${money.wallets} wallets; paid ${money.paid}, fees ${money.fees}, burned ${money.burned} base units`,
    );
    console.log(`${acks.entries} entries, ${acks.acked} acks, all in the ${acks.inputs} inputs of the matches`);
    process.exitCode = wrong.length > 0 ? 1 : 0;
  }
}
