// Drives a local chain with @coral-xyz/anchor and the web3.js it brings: airdrop, a transfer through
// the provider, simulation, subscriptions, and, when the file of an IDL is given, that the client
// understands it. Usage: node anchor.mjs RPC_URL [WS_URL [IDL_FILE]]. Prints one line of JSON when all
// is well; anything unexpected ends it with a message and exit status 1.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import anchor from "@coral-xyz/anchor";

const { AnchorProvider, Program, Wallet, web3 } = anchor;
const { Connection, Keypair, SystemProgram, Transaction, TransactionMessage, VersionedTransaction } =
  web3;

const [rpcUrl, wsEndpoint, idlFile] = process.argv.slice(2);
assert(rpcUrl, "usage: node anchor.mjs RPC_URL [WS_URL [IDL_FILE]]");
const connection = new Connection(rpcUrl, { commitment: "confirmed", wsEndpoint });
const payer = Keypair.generate();
const friend = Keypair.generate();
const provider = new AnchorProvider(connection, new Wallet(payer), { commitment: "confirmed" });

const airdrop = await connection.requestAirdrop(payer.publicKey, 2_000_000_000);
const latest = await connection.getLatestBlockhash();
const confirmed = await connection.confirmTransaction({ signature: airdrop, ...latest });
assert.equal(confirmed.value.err, null);
assert.equal(await connection.getBalance(payer.publicKey), 2_000_000_000);

const pay = (amount) =>
  SystemProgram.transfer({
    fromPubkey: payer.publicKey,
    toPubkey: friend.publicKey,
    lamports: amount,
  });

const heard = new Promise((resolve) => {
  connection.onAccountChange(friend.publicKey, (account) => resolve(account.lamports));
});
const logged = new Promise((resolve) => {
  connection.onLogs(friend.publicKey, (logs) => resolve(logs));
});
// The subscriptions are on their way; let them arrive before what they are to hear of.
await new Promise((resolve) => connection.onSlotChange(resolve));
const transfer = await provider.sendAndConfirm(new Transaction().add(pay(300_000_000)));
assert.equal(await heard, 300_000_000);
assert.equal((await logged).signature, transfer);

// A versioned transaction, simulated and sent.
const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash();
const versioned = new VersionedTransaction(
  new TransactionMessage({
    payerKey: payer.publicKey,
    recentBlockhash: blockhash,
    instructions: [pay(100_000_000)],
  }).compileToV0Message(),
);
versioned.sign([payer]);
const simulated = await connection.simulateTransaction(versioned, { sigVerify: true });
assert.equal(simulated.value.err, null);
assert.equal(simulated.value.unitsConsumed, 150);
const second = await connection.sendTransaction(versioned);
await connection.confirmTransaction({ signature: second, blockhash, lastValidBlockHeight });
assert.equal(await connection.getBalance(friend.publicKey), 400_000_000);

const parsed = await connection.getParsedTransaction(second, { maxSupportedTransactionVersion: 0 });
assert.equal(parsed.meta.err, null);
assert.equal(parsed.transaction.message.accountKeys[0].pubkey.toBase58(), payer.publicKey.toBase58());
const history = await connection.getSignaturesForAddress(friend.publicKey, {}, "confirmed");
assert.deepEqual(
  history.map((entry) => entry.signature),
  [second, transfer],
);

// Too much: the error a client shows carries the logs.
await assert.rejects(
  provider.sendAndConfirm(new Transaction().add(pay(9_000_000_000))),
  (error) => error.logs.some((line) => line.includes("insufficient lamports")),
);

let program;
if (idlFile) {
  const idl = JSON.parse(await readFile(idlFile, "utf8"));
  program = new Program(idl, provider).programId.toBase58();
  assert.equal(program, idl.address);
}

console.log(
  JSON.stringify({
    client: "@coral-xyz/anchor",
    friend: friend.publicKey.toBase58(),
    transfer,
    second,
    program,
  }),
);
process.exit(0);
