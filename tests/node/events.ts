// The program's events out of the ledger. It emits them by calling itself, so they are among the inner
// instructions of its transactions, where no node cuts them off as it does logs.
import anchor from "@coral-xyz/anchor";

const { utils } = anchor;

/** First bytes of an instruction that carries an event: sha256("anchor:event"), reversed. */
const EVENT_TAG = Buffer.from("e445a52e51cb9a1d", "hex");

export interface ProgramEvent {
  name: string;
  data: Record<string, any>;
}

/** The events of one transaction, in the order of their emission. */
export async function eventsOf(program: anchor.Program, signature: string): Promise<ProgramEvent[]> {
  const transaction = await program.provider.connection.getTransaction(signature, {
    commitment: "confirmed",
    maxSupportedTransactionVersion: 0,
  });
  if (!transaction?.meta) throw new Error(`the ledger does not have ${signature}`);
  const keys = transaction.transaction.message.getAccountKeys({
    accountKeysFromLookups: transaction.meta.loadedAddresses,
  });
  return (transaction.meta.innerInstructions ?? [])
    .flatMap((inner) => inner.instructions)
    .filter((instruction) => keys.get(instruction.programIdIndex)?.equals(program.programId))
    .map((instruction) => Buffer.from(utils.bytes.bs58.decode(instruction.data)))
    .filter((data) => data.subarray(0, 8).equals(EVENT_TAG))
    .map((data) => {
      const event = program.coder.events.decode(data.subarray(8).toString("base64"));
      if (!event) throw new Error(`the IDL does not know an event of ${signature}`);
      return event;
    });
}

/** All events of the transactions that name `address`, oldest first. */
export async function eventsAt(
  program: anchor.Program,
  address: anchor.web3.PublicKey,
): Promise<ProgramEvent[]> {
  const connection = program.provider.connection;
  const found = await connection.getSignaturesForAddress(address, { limit: 1000 }, "confirmed");
  const events: ProgramEvent[] = [];
  for (const { signature, err } of found.reverse()) {
    if (err === null) events.push(...(await eventsOf(program, signature)));
  }
  return events;
}
