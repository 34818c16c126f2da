/** Programs that a test starts, their output as text, and their end. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 100;
/** How long a process may take to end by itself. */
const END_MS = 20_000;

export class Processes {
  #all = [];

  /** Starts a program in `cwd`. `end(signal)` ends it and answers with its exit status. */
  start(name, program, args, { cwd, env = {} } = {}) {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
    const run = {
      name,
      output: "",
      end: async (signal = "SIGTERM") => {
        if (child.exitCode === null && child.signalCode === null) {
          const ended = new Promise((resolve) => child.once("exit", resolve));
          child.kill(signal);
          const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
          await ended;
          clearTimeout(late);
        }
        return child.exitCode;
      },
      get ended() {
        return child.exitCode !== null || child.signalCode !== null;
      },
    };
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text) => {
        run.output += text;
      });
    this.#all.push(run);
    return run;
  }

  /** Ends everything, the youngest first, and writes what it said to `directory`. */
  async endAll(directory) {
    for (const run of this.#all.reverse()) {
      await run.end();
      if (directory !== undefined) writeFileSync(`${directory}/${run.name}.log`, run.output);
    }
  }
}

/** Waits until the output of `run` matches, and answers the match. */
export async function outputOf(run, pattern, timeoutS) {
  const until = Date.now() + timeoutS * 1000;
  for (;;) {
    const found = pattern.exec(run.output);
    if (found !== null) return found;
    if (run.ended || Date.now() > until) {
      const why = run.ended ? "ended and never said" : `did not within ${timeoutS} s say`;
      throw new Error(`${run.name} ${why} ${pattern}:\n${run.output}`);
    }
    await sleep(POLL_MS);
  }
}
