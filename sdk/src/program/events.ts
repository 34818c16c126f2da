/**
 * Events, read out of the ledger.
 *
 * The program writes an event by calling itself: an inner instruction to the program whose data is
 * Anchor's tag, the event's discriminator and the event in Borsh. Only the program can sign for the
 * event authority, so such an instruction in a transaction that succeeded is the program's own word.
 * Absent: logs, which nodes cut and anybody can print into.
 */
import { getBase58Encoder } from "@solana/kit";
import { AURELIUS_EVENTS, AURELIUS_PROGRAM_ADDRESS, type AureliusEvent } from "../generated/index.js";
import { toHex } from "../wire/text.js";
import { startsWith } from "./bytes.js";

/** First bytes of an instruction that carries an event. */
const EVENT_TAG = [0xe4, 0x45, 0xa5, 0x2e, 0x51, 0xcb, 0x9a, 0x1d];
const DISCRIMINATOR_BYTES = 8;

/** The event in the data of an instruction to the program; `undefined` if it holds none that is known here. */
export function decodeEvent(data: Uint8Array): AureliusEvent | undefined {
  if (!startsWith(data, EVENT_TAG)) return undefined;
  const body = data.subarray(EVENT_TAG.length);
  const known = AURELIUS_EVENTS[toHex(body.subarray(0, DISCRIMINATOR_BYTES))];
  if (known === undefined) return undefined;
  const [name, decoder] = known;
  return { name, data: decoder().decode(body.subarray(DISCRIMINATOR_BYTES)) } as AureliusEvent;
}

/** The parts of `getTransaction` with encoding `json` that events are read from. */
export interface LedgerTransaction {
  readonly meta: {
    readonly err: unknown;
    readonly innerInstructions?:
      | readonly {
          readonly instructions: readonly { readonly programIdIndex: number; readonly data: string }[];
        }[]
      | null;
    readonly loadedAddresses?: {
      readonly readonly: readonly string[];
      readonly writable: readonly string[];
    } | null;
  } | null;
  readonly transaction: { readonly message: { readonly accountKeys: readonly string[] } };
}

/** All events of a transaction in their order; none of one that failed. */
export function eventsOf(transaction: LedgerTransaction): AureliusEvent[] {
  const { meta } = transaction;
  if (meta === null || meta.err !== null) return [];
  const keys = accountKeys(transaction);
  const base58 = getBase58Encoder();
  return (meta.innerInstructions ?? [])
    .flatMap(({ instructions }) => instructions)
    .filter(({ programIdIndex }) => keys[programIdIndex] === AURELIUS_PROGRAM_ADDRESS)
    .map(({ data }) => decodeEvent(Uint8Array.from(base58.encode(data))))
    .filter((event) => event !== undefined);
}

/** The keys that the instructions of a transaction count in. */
export function accountKeys({ meta, transaction }: LedgerTransaction): readonly string[] {
  const loaded = meta?.loadedAddresses;
  return [...transaction.message.accountKeys, ...(loaded?.writable ?? []), ...(loaded?.readonly ?? [])];
}
