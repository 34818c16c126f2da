// What all servers of peers share: the recorded match, the clock, and how the benchmark talks to them.
//
// `node SERVER.mjs MATCH_FILE`. The file has a line of JSON for each tick: `state`, what is to be known after it, and
// `frame`, the relay's own bytes in base64. The server says `listening PORT`; a line `begin START_US TICKS` on standard
// input (microseconds since 1970) starts the match; the end of standard input ends the server.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Microseconds between two ticks. */
const TICK_US = 1_000_000 / 60;

/** The ticks of the match file named on the command line. */
export function readMatch() {
  const [file] = process.argv.slice(2);
  if (!file) throw new Error("usage: node SERVER.mjs MATCH_FILE");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const { state, frame } = JSON.parse(line);
    return { state, frame: Buffer.from(frame, "base64") };
  });
}

/** Says where the server listens, and calls `send` with each tick at its time once the benchmark says so. */
export function serve(port, match, send) {
  console.info(`listening ${port}`);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const [word, startUs, ticks] = line.split(" ");
    if (word !== "begin") throw new Error(`unknown command ${JSON.stringify(line)}; expected begin`);
    play(Number(startUs), match.slice(0, Number(ticks)), send);
  });
  lines.on("close", () => process.exit(0));
}

/** A tick that is late does not make the next ones late: each has its own moment, up to 1 ms after which it is sent. */
function play(startUs, match, send) {
  let next = 0;
  const step = () => {
    while (next < match.length) {
      const waitMs = (startUs + next * TICK_US) / 1000 - (performance.timeOrigin + performance.now());
      if (waitMs > 0) {
        setTimeout(step, Math.ceil(waitMs));
        return;
      }
      send(match[next]);
      next += 1;
    }
  };
  step();
}
