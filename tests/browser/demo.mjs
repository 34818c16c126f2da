/**
 * A demonstration with bots as a process: a relay whose page has matches of every state, for whoever looks at pages.
 *
 * Matches come one after the other; what is settled stays in the history, with its replay.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { aurelius } from "./installation.mjs";
import { outputOf, Processes } from "./processes.mjs";
import { Failure } from "./scenario.mjs";

const START_S = 180;

export class Demo {
  #processes = new Processes();
  #scratch = mkdtempSync(join(tmpdir(), "aurelius-demo-"));

  /** Starts it; the shortened game, of which one match is over then, unless `whole`. */
  static async start({ whole = false } = {}) {
    const made = new Demo();
    const args = [
      "demo",
      ...(whole ? [] : ["--quick"]),
      "--port",
      "0",
      "--rpc-port",
      "0",
      "--data-dir",
      made.#scratch,
    ];
    const demo = aurelius(made.#processes, "demo", args);
    const [, url] = await outputOf(demo, /page\s+(http:\S+)/, START_S);
    made.url = url.endsWith("/") ? url : `${url}/`;
    if (!whole) await made.#settled(START_S);
    return made;
  }

  async #settled(timeoutS) {
    const until = Date.now() + timeoutS * 1000;
    for (;;) {
      const answer = await fetch(new URL("api/replays?limit=1", this.url)).catch(() => undefined);
      const { replays } = answer?.ok === true ? await answer.json() : { replays: [] };
      if (replays.length > 0) return;
      if (Date.now() > until) throw new Failure(`no match of the demo was over within ${timeoutS} s`);
      await sleep(500);
    }
  }

  /** Ends it; what it said goes to `directory`. */
  async end(directory) {
    await this.#processes.endAll(directory);
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}
