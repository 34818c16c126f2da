/**
 * A pretend relay for working on the page: no chain, no money, no rules. Every key and signature is
 * made up, and the masthead of no real system stands behind it.
 *
 *   node mock/relay.mjs [--port 4173] [--page ../../web/dist] [--length TICKS] [--mode blitz|siege] [--once] [--others N]
 *
 * `POST /mock/drop?seconds=3` cuts every socket and refuses new ones for a while.
 */
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";
import { base58, hex } from "./bytes.mjs";
import {
  directory,
  directoryChanges,
  event,
  hello,
  parseClient,
  pong,
  unknownMatch,
  watching,
} from "./control.mjs";
import { MockMatch } from "./match.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const HASHES = new Set(["digest", "leaf", "rules_hash", "drip_root", "seed", "genesis_leaf"]);

/** JSON as the protocol has it: keys base58, hashes hex, amounts strings. */
function toJson(value, name = "") {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array)
    return name === "rules" ? [...value] : HASHES.has(name) ? hex(value) : base58(value);
  if (Array.isArray(value)) return value.map((item) => toJson(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, toJson(inner, field)]));
}

export class MockRelay {
  /** `others` are matches that are only listed: live ones and lobbies, of which some change every second. */
  constructor({
    page,
    lengthTicks = 5400,
    mode = "blitz",
    once = false,
    history = true,
    pace = 1,
    others = 0,
  }) {
    this.page = resolve(page);
    this.options = { mode, lengthTicks, ...(mode === "siege" ? siegeRoster() : {}) };
    this.once = once;
    this.pace = pace;
    this.matches = new Map();
    this.sockets = new Set();
    this.blockedUntil = 0;
    this.nextId = 41;
    if (history) this.#makeHistory();
    this.others = Array.from({ length: others }, (_, index) => listed(index));
    this.server = createServer((request, response) => this.#answer(request, response));
    this.websockets = new WebSocketServer({ noServer: true });
    this.server.on("upgrade", (request, socket, head) => {
      if (Date.now() < this.blockedUntil || new URL(request.url, "http://mock").pathname !== "/ws") {
        socket.destroy();
        return;
      }
      this.websockets.handleUpgrade(request, socket, head, (ws) => this.#connect(ws));
    });
  }

  async listen(port = 0) {
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
    void this.#season();
    this.pulse = setInterval(() => this.#pushDirectory(), 1000);
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  close() {
    this.closed = true;
    clearInterval(this.pulse);
    for (const socket of this.sockets) socket.ws.terminate();
    this.server.close();
  }

  drop(seconds) {
    this.blockedUntil = Date.now() + seconds * 1000;
    for (const socket of this.sockets) socket.ws.terminate();
  }

  #makeHistory() {
    for (let index = 0; index < 6; index += 1) {
      this.#add(MockMatch.finished(this.nextId, { seed: 900 + index }, (6 - index) * 190_000));
    }
  }

  #add(match) {
    this.matches.set(base58(match.address), match);
    this.nextId = Math.max(this.nextId, match.id + 1);
    return match;
  }

  /** Match after match; each lobby opens while the battle before it runs. */
  async #season() {
    let next = this.#add(new MockMatch(this.nextId, this.options));
    while (!this.closed) {
      const match = next;
      await this.#lobby(match);
      if (this.closed) return;
      if (!this.once) next = this.#add(new MockMatch(this.nextId, this.options));
      const idle = this.once ? undefined : this.#trickle(next);
      await this.#fight(match);
      await idle;
      if (this.once) return;
    }
  }

  async #lobby(match) {
    while (match.players.length < match.wanted) {
      await pause(350 / this.pace);
      match.enter();
      this.#pushDirectory();
    }
    await pause(600 / this.pace);
    match.setStatus("locked", "lock");
    this.#pushDirectory();
    await pause(1500 / this.pace);
  }

  /** Some early birds in the next lobby. */
  async #trickle(match) {
    for (let count = 0; count < 3; count += 1) {
      await pause(4000 / this.pace);
      match.enter();
    }
  }

  async #fight(match) {
    match.begin();
    this.#pushDirectory();
    for (const socket of this.sockets) {
      if (socket.match === match) socket.ws.send(match.keyframe());
    }
    const startedAt = performance.now();
    let over = false;
    while (!over && !this.closed) {
      await pause(16);
      over = match.advance(Math.floor((performance.now() - startedAt) / (1000 / 60)));
    }
    match.tell({ kind: "ended", tick: match.battle.tick });
    await pause(2200 / this.pace);
    match.propose();
    this.#pushDirectory();
    await pause(3000 / this.pace);
    match.settle();
    this.#pushDirectory();
    await pause(1200 / this.pace);
    match.pay();
    await pause(5000 / this.pace);
  }

  #connect(ws) {
    const socket = { ws, match: undefined, directory: false, listener: undefined };
    this.sockets.add(socket);
    ws.send(hello());
    ws.on("message", (data) => this.#receive(socket, data));
    ws.on("close", () => {
      this.sockets.delete(socket);
      socket.match?.listeners.delete(socket.listener);
    });
  }

  #receive(socket, data) {
    const message = parseClient(data);
    switch (message?.kind) {
      case "ping":
        socket.ws.send(pong(message.id));
        break;
      case "watch_directory":
        socket.directory = true;
        socket.ws.send(directory(this.#list()));
        break;
      case "unwatch":
        socket.match?.listeners.delete(socket.listener);
        socket.match = undefined;
        break;
      case "watch":
      case "resume":
        this.#watch(socket, message.match);
        break;
      default:
        socket.ws.close(4000, "a message is not of this protocol");
    }
  }

  #watch(socket, address) {
    socket.match?.listeners.delete(socket.listener);
    const match = this.matches.get(base58(address));
    socket.match = match;
    if (match === undefined) {
      socket.ws.send(unknownMatch());
      return;
    }
    socket.ws.send(watching(match.detail()));
    if (match.battle !== undefined) socket.ws.send(match.keyframe());
    socket.listener = {
      frames: (bytes) => socket.ws.send(bytes),
      event: (happened) => socket.ws.send(event(match.address, happened)),
    };
    match.listeners.add(socket.listener);
  }

  #list() {
    return [...[...this.matches.values()].map((match) => match.summary()).reverse(), ...this.others];
  }

  #pushDirectory() {
    this.#stir();
    // As the relay does: what is different, and ticks are no difference.
    const rows = new Map(this.#list().map((row) => [base58(row.match), row]));
    const faces = new Map(
      [...rows].map(([match, row]) => [match, JSON.stringify(toJson({ ...row, tick: 0 }))]),
    );
    const before = this.faces ?? new Map();
    this.faces = faces;
    const changed = [...rows]
      .filter(([match]) => faces.get(match) !== before.get(match))
      .map(([, row]) => row);
    if (changed.length === 0) return;
    const bytes = directoryChanges(changed, []);
    for (const socket of this.sockets) if (socket.directory) socket.ws.send(bytes);
  }

  /** Somebody enters a tenth of the other lobbies. */
  #stir() {
    this.turn = (this.turn ?? 0) + 1;
    for (const [index, row] of this.others.entries())
      if (row.status === "open" && index % 10 === this.turn % 10) row.players = 1 + (row.players % 19);
  }

  #answer(request, response) {
    const url = new URL(request.url, "http://mock");
    if (url.pathname === "/mock/drop") {
      this.drop(Number(url.searchParams.get("seconds") ?? 3));
      response.end("dropped");
      return;
    }
    if (url.pathname === "/api/matches")
      return json(response, 200, { matches: toJson(this.#list().slice(0, 60)), next: null });
    const match = /^\/api\/matches\/([^/]+)$/.exec(url.pathname);
    if (match !== null) {
      const found = this.matches.get(match[1]);
      return found === undefined
        ? json(response, 404, { error: "no such match" })
        : json(response, 200, toJson(found.detail()));
    }
    this.#file(url.pathname, response);
  }

  #file(path, response) {
    if (/^\/((leaderboard|history|rules|help|my)|(match|player)\/[^/]+)$/.test(path)) {
      // As the relay does: what is relative begins at the same place on every route.
      const html = readFileSync(join(this.page, "index.html"), "utf8");
      const up = "../".repeat(path.split("/").length - 2);
      response.writeHead(200, { "content-type": TYPES[".html"], "cache-control": "no-store" });
      response.end(up === "" ? html : html.replace("<head>", `<head><base href="${up}">`));
      return;
    }
    const file = join(this.page, normalize(path === "/" ? "/index.html" : path));
    if (!file.startsWith(this.page) || !existsSync(file) || !statSync(file).isFile()) {
      json(response, 404, { error: "no such file" });
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "cache-control": "no-store",
    });
    createReadStream(file).pipe(response);
  }
}

/** The row of a match that is nothing but a row. */
function listed(index) {
  const match = new MockMatch(10_000 + index, {});
  const summary = match.summary();
  if (index % 2 === 0) return { ...summary, created_at_ms: Date.now() - 600_000 - index };
  const starts_at_ms = Date.now();
  return {
    ...summary,
    status: "live",
    players: 10,
    tick: 60 * (index % 60),
    created_at_ms: Date.now() - 700_000 - index,
    starts_at_ms,
  };
}

function siegeRoster() {
  return { players: 24, warriorsEach: [5, 4, 3, 5, 3] };
}

function json(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "4173" },
      page: { type: "string", default: fileURLToPath(new URL("../../../web/dist", import.meta.url)) },
      length: { type: "string", default: "5400" },
      mode: { type: "string", default: "blitz" },
      once: { type: "boolean", default: false },
      others: { type: "string", default: "0" },
    },
  });
  const relay = new MockRelay({
    page: values.page,
    lengthTicks: Number(values.length),
    mode: values.mode,
    once: values.once,
    others: Number(values.others),
  });
  console.log(`pretend relay (no chain behind it): ${await relay.listen(Number(values.port))}`);
}
