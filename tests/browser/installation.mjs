/**
 * A local chain and an operator on it, as processes of their own, so that the operator can be stopped, started again
 * and killed while the chain goes on.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadMatch, statusOf } from "@aurelius/sdk/program";
import { address, createSolanaRpc } from "@solana/kit";
import { outputOf, Processes } from "./processes.mjs";
import { Failure } from "./scenario.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const AURELIUS =
  process.env.AURELIUS ?? join(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug/aurelius");
const START_S = 120;

/** The command that is tested. */
export function aurelius(processes, name, args, options) {
  return processes.start(name, AURELIUS, args, { cwd: ROOT, ...options });
}

export class Installation {
  #processes = new Processes();
  #scratch = mkdtempSync(join(tmpdir(), "aurelius-installation-"));
  #operator;
  #starts = 0;
  #environment;
  #port = "0";
  #chain;

  /** Starts the chain, its slots `slotMs` long. */
  static async start({ slotMs }) {
    const made = new Installation();
    const args = ["localnet", "--rpc-port", "0", "--slot-ms", String(slotMs)];
    made.#chain = aurelius(made.#processes, "chain", [...args, "--data-dir", join(made.#scratch, "chain")]);
    await outputOf(made.#chain, /running until/, START_S);
    const said = (name) => new RegExp(`${name}=(\\S+)`).exec(made.#chain.output)[1];
    made.rpcUrl = said("AURELIUS_RPC_URL");
    made.mint = said("AURELIUS_MINT");
    made.rpc = createSolanaRpc(made.rpcUrl);
    made.#environment = {
      AURELIUS_RPC_URL: made.rpcUrl,
      AURELIUS_GATEWAY_URL: said("AURELIUS_GATEWAY_URL"),
      AURELIUS_MINT: made.mint,
      AURELIUS_KEYPAIR: join(made.#scratch, "chain/operator.json"),
      AURELIUS_PUBLIC_RPC: made.rpcUrl,
    };
    return made;
  }

  /** Starts the operator, or starts it again with its old memory on its old port. `args` are for `aurelius crank`. */
  async operate(args) {
    this.#starts += 1;
    const all = ["crank", ...args, "--port", this.#port, "--data-dir", join(this.#scratch, "crank")];
    this.#operator = aurelius(this.#processes, `operator-${this.#starts}`, all, { env: this.#environment });
    const [, host, port] = await outputOf(this.#operator, /players\s+http:\/\/([^:\s]+):(\d+)/, START_S);
    this.#port = port;
    this.url = `http://${host}:${port}/`;
  }

  /** Ends the operator: `SIGTERM` lets it say goodbye, `SIGKILL` does not. */
  stopOperator(signal) {
    return this.#operator.end(signal);
  }

  /** One JSON-RPC call to the chain. */
  async call(method, params) {
    const response = await fetch(this.rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { error, result } = await response.json();
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** The list of matches, as the relay's HTTP has it; empty while the operator is away. */
  async matches() {
    try {
      return (await (await fetch(new URL("api/matches", this.url))).json()).matches;
    } catch {
      return [];
    }
  }

  /** The open lobby of this stake (whole tokens) that is not among `known`. */
  async lobby(stake, known = [], timeoutS = 60) {
    const until = Date.now() + timeoutS * 1000;
    for (;;) {
      const all = await this.matches();
      const found = all.find(
        (one) =>
          one.status === "open" &&
          !known.includes(one.match) &&
          BigInt(one.stake_per_warrior) === BigInt(stake) * 10n ** BigInt(one.decimals),
      );
      if (found !== undefined) return found.match;
      if (Date.now() > until) throw new Failure(`no lobby of stake ${stake} opened within ${timeoutS} s`);
      await sleep(200);
    }
  }

  /** The match's account, once it is in one of `states`. */
  async reaches(match, states, timeoutS) {
    const until = Date.now() + timeoutS * 1000;
    for (;;) {
      const found = await loadMatch(this.rpc, address(match), { commitment: "confirmed" });
      const status = found === null ? "gone" : statusOf(found.data);
      if (states.includes(status)) return found;
      if (Date.now() > until)
        throw new Failure(`match ${match} is ${status} after ${timeoutS} s, not ${states.join(" or ")}`);
      await sleep(100);
    }
  }

  /** Ends everything; what the processes said goes to `directory`. */
  async end(directory) {
    await this.#processes.endAll(directory);
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}
