/** A match verified from the chain alone. */
import type { Address } from "@solana/kit";
import { Arena, type WasmSource } from "./arena.js";
import { checkRecord, type MatchReport } from "./check.js";
import { type HistoryRpc, readRecord } from "./history.js";
import type { MatchRecord } from "./record.js";

export interface VerifyOptions {
  /** `@aurelius/sdk/arena.wasm`: its bytes, a compiled module, or the response that brings it. */
  readonly wasm: WasmSource;
  /** How many of the match's transactions have been read. */
  readonly onProgress?: (read: number, of: number) => void;
  /** Checks a record elsewhere, for example in a worker that runs `checkRecord`; here unless given. */
  readonly check?: (record: MatchRecord) => Promise<MatchReport>;
}

/** Reads every transaction of `match`, and computes anew what they claim. */
export async function verifyMatch(
  rpc: HistoryRpc,
  match: Address,
  options: VerifyOptions,
): Promise<MatchReport> {
  const record = await readRecord(rpc, match, options.onProgress);
  if (options.check !== undefined) return options.check(record);
  return checkRecord(await Arena.load(options.wasm), record);
}
