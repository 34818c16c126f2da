/**
 * Recomputes a match away from the page's own thread, from the chain alone.
 *
 * Absent: the relay. What it says about a match is neither asked nor believed here.
 */
import {
  Arena,
  checkRecord,
  type Difference,
  type MatchReport,
  readRecord,
  verifyMatch,
} from "@aurelius/sdk/arena";
import wasmUrl from "@aurelius/sdk/arena.wasm?url";
import { address, createSolanaRpc } from "@solana/kit";
import { shortKey } from "../format/short";
import type { ProofAnswer, ProofQuestion, ProofReport } from "./protocol";

addEventListener("message", ({ data }: MessageEvent<ProofQuestion>) => {
  answerTo(data)
    .then(answer)
    .catch((error: unknown) => {
      answer({ kind: "failed", reason: error instanceof Error ? error.message : "unknown trouble" });
    });
});

async function answerTo(question: ProofQuestion): Promise<ProofAnswer> {
  if (question.want === "report") return { kind: "done", report: await prove(question) };
  const { rpc, match } = question;
  const onProgress = (done: number, total: number): void => answer({ kind: "progress", done, total });
  return { kind: "record", record: await readRecord(createSolanaRpc(rpc), address(match), onProgress) };
}

async function prove({ rpc, match }: ProofQuestion): Promise<ProofReport> {
  const wasm = fetch(new URL(wasmUrl, import.meta.url));
  let computeMs = 0;
  const report = await verifyMatch(createSolanaRpc(rpc), address(match), {
    wasm,
    onProgress: (done, total) => answer({ kind: "progress", done, total }),
    check: async (record) => {
      const arena = await Arena.load(wasm);
      const began = performance.now();
      const checked = checkRecord(arena, record);
      computeMs = performance.now() - began;
      return checked;
    },
  });
  return { ...summarise(report), computeMs };
}

function summarise(report: MatchReport): Omit<ProofReport, "computeMs"> {
  const { ok, checkpoints, start, money, payouts } = report;
  const red = checkpoints.find(({ verdict }) => verdict === "red");
  const green = checkpoints.filter(({ verdict }) => verdict === "green");
  return {
    ok,
    verdicts: checkpoints.map(({ verdict }) => verdict),
    ticks: green.at(-1)?.tick ?? 0,
    difference: inWords(start ?? red?.difference ?? money, red?.index),
    fraud: red?.proof,
    paid: payouts !== null,
  };
}

function inWords(difference: Difference | undefined, checkpoint: number | undefined): string | undefined {
  if (difference === undefined) return undefined;
  const where = checkpoint === undefined ? "" : `checkpoint ${checkpoint}: `;
  const [found, expected] = [difference.found, difference.expected].map((value) =>
    /^[0-9a-f]{64}$/.test(value) ? shortKey(value, 8, 6) : value,
  );
  return `${where}${difference.what} is ${found}, the rules give ${expected}`;
}

function answer(message: ProofAnswer): void {
  postMessage(message);
}
