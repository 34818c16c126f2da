/**
 * Runs the README's quick start twice, as two players, against a local chain with a crank and a relay, and verifies
 * what they played.
 *
 *   node quick-start.mjs [AURELIUS]     AURELIUS: the command; target/debug/aurelius when it is not given
 *
 * Ends with status 0 only if both entered, moved and were acked, and every checkpoint so far is green.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRecord, verifyMatch } from "@aurelius/sdk/arena";
import { createKeyPairSignerFromBytes, createSolanaRpc } from "@solana/kit";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SDK = join(ROOT, "sdk");
const AURELIUS = process.argv[2] ?? join(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug/aurelius");
const LINES_MAX = 30;
const ACKS = 5;
const CHECKPOINTS = 3;
const START_MS = 60_000;
const PLAY_MS = 180_000;

const scratch = mkdtempSync(join(tmpdir(), "aurelius-quick-start-"));
/** Beside the SDK, so that its own name resolves. */
const script = join(SDK, `quick-start-${process.pid}.mjs`);
const children = [];

/** Starts a program; its output is kept as text. */
function start(program, args, env = {}) {
  const child = spawn(program, args, { cwd: scratch, env: { ...process.env, ...env } });
  const run = { child, output: "", name: `${program} ${args[0]}` };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      run.output += text;
    });
  children.push(run);
  return run;
}

/** Waits until the output of `run` matches, and answers the match. */
async function outputOf(run, pattern, timeoutMs) {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = pattern.exec(run.output);
    if (found !== null) return found;
    const ended = run.child.exitCode !== null ? `ended with status ${run.child.exitCode}` : undefined;
    assert(
      ended === undefined && Date.now() < until,
      `${run.name} ${ended ?? `did not say ${pattern}`}:\n${run.output}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function quickStart() {
  const readme = readFileSync(join(SDK, "README.md"), "utf8");
  const code = /<!-- quick start: begin -->\n```js\n([\s\S]*?)```\n<!-- quick start: end -->/.exec(
    readme,
  )?.[1];
  assert(code !== undefined, "the README has no quick start between its marks");
  const lines = code.trimEnd().split("\n").length;
  assert(lines <= LINES_MAX, `the quick start has ${lines} lines, at most ${LINES_MAX}`);
  return code;
}

/** A key pair file as Solana's tools write them, and its address. */
async function keyFile(name) {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const bytes = [d, x].flatMap((part) => [...Buffer.from(part, "base64url")]);
  const file = join(scratch, `${name}.json`);
  writeFileSync(file, JSON.stringify(bytes));
  return { file, address: (await createKeyPairSignerFromBytes(Uint8Array.from(bytes))).address };
}

async function play() {
  writeFileSync(script, quickStart());
  const players = await Promise.all(["first", "second"].map(keyFile));
  const fund = players.flatMap(({ address }) => ["--fund", address]);
  const chain = start(AURELIUS, [
    "localnet",
    "--rpc-port",
    "0",
    "--slot-ms",
    "100",
    "--data-dir",
    "chain",
    ...fund,
  ]);
  const [, rpcUrl] = await outputOf(chain, /AURELIUS_RPC_URL=(\S+)/, START_MS);
  const [, mint] = await outputOf(chain, /AURELIUS_MINT=(\S+)/, START_MS);
  const crankArguments = [
    "--blitz",
    "10",
    "--port",
    "0",
    "--lock-grace",
    "3s",
    "--countdown",
    "2s",
    "--data-dir",
    "crank",
  ];
  const crank = start(AURELIUS, ["crank", ...crankArguments], {
    AURELIUS_RPC_URL: rpcUrl,
    AURELIUS_GATEWAY_URL: rpcUrl,
    AURELIUS_MINT: mint,
    AURELIUS_KEYPAIR: join(scratch, "chain/operator.json"),
  });
  const [, host] = await outputOf(crank, /players\s+http:\/\/([^/\s]+)/, START_MS);
  await outputOf(crank, /kind=Create/, START_MS);

  const sockets = Number(process.versions.node.split(".")[0]) < 22 ? ["--experimental-websocket"] : [];
  const bots = players.map(({ file }) =>
    start(process.execPath, [...sockets, script, rpcUrl, `ws://${host}/ws`, file]),
  );
  const entered = await Promise.all(bots.map((bot) => outputOf(bot, /entered (\S+)/, START_MS)));
  assert.equal(entered[0][1], entered[1][1], "both entered the same match");
  const acked = new RegExp(`(acked \\d+[\\s\\S]*?){${ACKS}}`);
  await Promise.all(bots.map((bot) => outputOf(bot, acked, PLAY_MS)));
  return { rpc: createSolanaRpc(rpcUrl), match: entered[0][1] };
}

/** The match as far as it was played: everything green. */
async function verify({ rpc, match }) {
  const until = Date.now() + PLAY_MS;
  while ((await readRecord(rpc, match)).checkpoints.length < CHECKPOINTS) {
    assert(Date.now() < until, "the crank posts no checkpoints");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const wasm = readFileSync(fileURLToPath(import.meta.resolve("@aurelius/sdk/arena.wasm")));
  const report = await verifyMatch(rpc, match, { wasm });
  assert(
    report.ok,
    JSON.stringify(report.start ?? report.money ?? report.checkpoints.find(({ difference }) => difference)),
  );
  assert(report.checkpoints.every(({ verdict }) => verdict === "green"));
  return report.checkpoints.length;
}

let status = 0;
try {
  const checkpoints = await verify(await play());
  console.log(
    `quick-start: ok: two players entered, moved and were acked; ${checkpoints} checkpoints are green`,
  );
} catch (error) {
  console.error(error);
  status = 1;
} finally {
  const ended = children.map(
    ({ child }) => child.exitCode ?? new Promise((resolve) => child.once("exit", resolve)),
  );
  for (const { child } of children) child.kill();
  await Promise.all(ended);
  rmSync(script, { force: true });
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(status);
