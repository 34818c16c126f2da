// Drives a local chain with @solana/kit: airdrop, transfer, confirmation by subscription, an SPL
// token, and errors. Usage: node kit.mjs RPC_URL WS_URL. Prints one line of JSON when all is well;
// anything unexpected ends it with a message and exit status 1.
import assert from "node:assert/strict";
import {
  airdropFactory,
  appendTransactionMessageInstructions,
  assertIsTransactionWithinSizeLimit,
  createSolanaRpc,
  createSolanaRpcSubscriptions,
  createTransactionMessage,
  generateKeyPairSigner,
  getSignatureFromTransaction,
  isSolanaError,
  lamports,
  pipe,
  sendAndConfirmTransactionFactory,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
} from "@solana/kit";
import { getCreateAccountInstruction, getTransferSolInstruction } from "@solana-program/system";
import {
  fetchMint,
  fetchToken,
  findAssociatedTokenPda,
  getCreateAssociatedTokenIdempotentInstructionAsync,
  getInitializeMint2Instruction,
  getMintSize,
  getMintToInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";

const [rpcUrl, wsUrl] = process.argv.slice(2);
assert(rpcUrl && wsUrl, "usage: node kit.mjs RPC_URL WS_URL");
const commitment = "confirmed";
const rpc = createSolanaRpc(rpcUrl);
const rpcSubscriptions = createSolanaRpcSubscriptions(wsUrl);
const sendAndConfirm = sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });

/** Builds, signs, sends and waits for the signature's notification. */
async function send(payer, instructions) {
  const { value: blockhash } = await rpc.getLatestBlockhash({ commitment }).send();
  const transaction = await pipe(
    createTransactionMessage({ version: 0 }),
    (message) => setTransactionMessageFeePayerSigner(payer, message),
    (message) => setTransactionMessageLifetimeUsingBlockhash(blockhash, message),
    (message) => appendTransactionMessageInstructions(instructions, message),
    (message) => signTransactionMessageWithSigners(message),
  );
  assertIsTransactionWithinSizeLimit(transaction);
  await sendAndConfirm(transaction, { commitment });
  return getSignatureFromTransaction(transaction);
}

const payer = await generateKeyPairSigner();
const friend = await generateKeyPairSigner();
const mint = await generateKeyPairSigner();

await airdropFactory({ rpc, rpcSubscriptions })({
  commitment,
  lamports: lamports(2_000_000_000n),
  recipientAddress: payer.address,
});
const airdropped = (await rpc.getBalance(payer.address, { commitment }).send()).value;
assert.equal(airdropped, 2_000_000_000n);

// A subscriber must hear of the transfer.
const abort = new AbortController();
const changes = await rpcSubscriptions
  .accountNotifications(friend.address, { commitment, encoding: "base64" })
  .subscribe({ abortSignal: abort.signal });
const heard = (async () => {
  for await (const change of changes) return change.value.lamports;
})();
const transfer = await send(payer, [
  getTransferSolInstruction({
    source: payer,
    destination: friend.address,
    amount: lamports(500_000_000n),
  }),
]);
assert.equal(await heard, 500_000_000n);
abort.abort();

const landed = await rpc
  .getTransaction(transfer, { commitment, encoding: "json", maxSupportedTransactionVersion: 0 })
  .send();
assert.equal(landed.version, 0);
assert.equal(landed.meta.err, null);
assert.equal(landed.meta.fee, 5_000n);

// A mint, an associated account, tokens in it.
const space = BigInt(getMintSize());
const rent = await rpc.getMinimumBalanceForRentExemption(space).send();
const [associated] = await findAssociatedTokenPda({
  mint: mint.address,
  owner: friend.address,
  tokenProgram: TOKEN_PROGRAM_ADDRESS,
});
await send(payer, [
  getCreateAccountInstruction({
    payer,
    newAccount: mint,
    lamports: rent,
    space,
    programAddress: TOKEN_PROGRAM_ADDRESS,
  }),
  getInitializeMint2Instruction({
    mint: mint.address,
    decimals: 6,
    mintAuthority: payer.address,
  }),
  await getCreateAssociatedTokenIdempotentInstructionAsync({
    payer,
    owner: friend.address,
    mint: mint.address,
  }),
  getMintToInstruction({
    mint: mint.address,
    token: associated,
    mintAuthority: payer,
    amount: 7_500_000n,
  }),
]);
const token = await fetchToken(rpc, associated, { commitment });
assert.equal(token.data.amount, 7_500_000n);
assert.equal(token.data.owner, friend.address);
assert.equal((await fetchMint(rpc, mint.address, { commitment })).data.supply, 7_500_000n);
const owned = await rpc
  .getTokenAccountsByOwner(friend.address, { mint: mint.address }, { commitment, encoding: "jsonParsed" })
  .send();
assert.equal(owned.value[0].account.data.parsed.info.tokenAmount.uiAmountString, "7.5");

// A transfer of too much fails its preflight with the real error and its logs.
let refusal;
try {
  await send(payer, [
    getTransferSolInstruction({
      source: payer,
      destination: friend.address,
      amount: lamports(1_000_000_000_000n),
    }),
  ]);
} catch (error) {
  refusal = error;
}
assert(
  isSolanaError(refusal, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE),
  `expected a preflight failure, got ${refusal}`,
);
assert(refusal.context.logs.some((line) => line.includes("insufficient lamports")));

console.log(
  JSON.stringify({
    client: "@solana/kit",
    friend: friend.address,
    mint: mint.address,
    token: associated,
    transfer,
    amount: token.data.amount.toString(),
  }),
);
process.exit(0);
