/**
 * Fetches what a replay needs: the rules in WebAssembly, and the record of the match.
 *
 * First the relay's replay file, whose digests are compared with the trace account while the program keeps that; where
 * there is no file, the transactions of the match, read in the proof's worker. Fetched by the page when somebody asks for
 * a replay.
 */
import { Arena, type MatchRecord, Playback, readReplay } from "@aurelius/sdk/arena";
import wasmUrl from "@aurelius/sdk/arena.wasm?url";
import { loadTrace } from "@aurelius/sdk/program";
import type { MatchDetail } from "@aurelius/sdk/wire";
import { address } from "@solana/kit";
import type { ChainInfo } from "../chain/info";
import { ApiError, fetchReplay } from "../net/api";
import { readInWorker } from "../proof/proofs";
import { Replay } from "./replay";

/** The relay has no file, and nobody else can be asked. */
export class NoReplay extends Error {
  override readonly name = "NoReplay";
}

/** `onProgress` hears how many of the match's transactions have been read, when those are needed. */
export async function loadReplay(
  detail: MatchDetail,
  chain: ChainInfo | undefined,
  onProgress: (done: number, total: number) => void,
): Promise<Replay> {
  const { match } = detail.summary;
  const [arena, file] = await Promise.all([
    Arena.load(fetch(new URL(wasmUrl, import.meta.url))),
    fetchReplay(match).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }),
  ]);
  if (file === undefined) {
    if (chain === undefined) throw new NoReplay("the relay has no replay of this match, and names no chain");
    const record = await readInWorker(chain.rpc, match, onProgress);
    return new Replay(new Playback(arena, record), detail, { kind: "chain", traced: record.trace !== null });
  }
  const record = await readReplay(arena, file);
  const trace = await traceOf(record, match, chain);
  return new Replay(new Playback(arena, { ...record, trace }), detail, {
    kind: "file",
    traced: trace !== null,
  });
}

/** The program's own digests; null once it has closed the account, or where no chain is known. */
async function traceOf(
  record: MatchRecord,
  match: string,
  chain: ChainInfo | undefined,
): Promise<MatchRecord["trace"]> {
  if (chain === undefined) return null;
  const trace = await loadTrace(chain.client, address(match)).catch(() => null);
  if (trace === null) return null;
  return trace.data.digests
    .slice(0, record.checkpoints.length)
    .map((digest: ArrayLike<number>) => Uint8Array.from(digest));
}
