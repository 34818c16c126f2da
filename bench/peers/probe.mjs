// One client of the peer's own library, which checks that what the server streams is the recorded match: what the
// benchmark's cheap clients count is worth counting.
//
// `node probe.mjs PEER PORT MATCH_FILE TICKS` says `ready` when it follows, and `same` when all ticks were right.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [peer, port, file, ticks] = process.argv.slice(2);
const match = readFileSync(file, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));
let seen = 0;

/** One tick arrived: `check` compares it with what was recorded. */
function take(check) {
  check(match[seen]);
  seen += 1;
  if (seen < Number(ticks)) return;
  console.info("same");
  process.exit(0);
}

const probes = {
  async ws() {
    const { WebSocket } = await import("ws");
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    socket.on("open", () => console.info("ready"));
    socket.on("message", (bytes) => take(({ frame }) => assert.equal(bytes.toString("base64"), frame)));
  },
  async socketio() {
    const { io } = await import("socket.io-client");
    const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
    socket.on("connect", () => console.info("ready"));
    socket.on("state", (state) => take((recorded) => assert.deepEqual(state, recorded.state)));
  },
  async colyseus() {
    const { Client } = await import("colyseus.js");
    const { Arena } = await import("./servers/schema.mjs");
    const room = await new Client(`ws://127.0.0.1:${port}`).joinOrCreate("match", {}, Arena);
    console.info("ready");
    room.onStateChange((state) => {
      // The state from before the first tick.
      if (state.warriors.length === 0) return;
      take((recorded) => {
        const expected = new Arena();
        expected.take(recorded.state);
        assert.deepEqual(state.toJSON(), expected.toJSON());
        assert.equal(state.tick, recorded.state.tick);
      });
    });
  },
};
await probes[peer]();
