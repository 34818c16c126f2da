/**
 * What the built page costs, in Debian's Chromium without a GPU. No test: times depend on the machine.
 *
 *   node web/bench/measure.mjs frames [--seconds 8] [--runs 3]   # frame times and the main thread's share
 *   node web/bench/measure.mjs list [--others 1000]              # the same frames beside so many listed matches
 *   node web/bench/measure.mjs keys [--presses 20]               # from a key to the first pixel that moves, in a real match
 *   node web/bench/measure.mjs verify [--runs 9]                 # a whole Blitz and a Siege of 100, recomputed
 *   node web/bench/measure.mjs heap [--minutes 10]               # the heap while matches go by
 *   node web/bench/measure.mjs socket URL [--seconds 20]         # bytes a second that a watcher of a real relay receives
 *
 * Needs a built page and a built SDK. `frames`, `list` and `heap` run against the pretend relay, in a process of its own; every
 * number is a median over the runs, with the spread behind it.
 */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openBrowser } from "../../tests/browser/browser.mjs";
import { Demo } from "../../tests/browser/demo.mjs";
import { enterLobby, waitForBattle } from "../../tests/browser/playing.mjs";
import { until } from "../../tests/browser/scenario.mjs";

const MOCK = fileURLToPath(new URL("../../tests/browser/mock/relay.mjs", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string" },
    runs: { type: "string" },
    minutes: { type: "string", default: "10" },
    others: { type: "string", default: "1000" },
    presses: { type: "string", default: "20" },
  },
});
const [what, url] = positionals;
const numberOf = (text, usual) => (text === undefined ? usual : Number(text));
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const spread = (numbers, digits = 1) => {
  const all = sorted(numbers);
  return `${quantile(all, 0.5).toFixed(digits)} (${all[0].toFixed(digits)}–${all.at(-1).toFixed(digits)})`;
};

/** A pretend relay in a process of its own: its battles do not disturb the measure more than need be. */
async function pretendRelay(mode, others = 0) {
  const args = ["--port", "0", "--mode", mode, "--length", "5400", "--others", String(others)];
  const child = fork(MOCK, args, { stdio: "pipe" });
  const address = await new Promise((resolve, reject) => {
    child.stdout.on("data", (text) => {
      const found = /http:\S+/.exec(String(text));
      if (found !== null) resolve(found[0]);
    });
    child.once("exit", () => reject(new Error("the pretend relay ended")));
  });
  return { address, close: () => child.kill() };
}

async function metrics(session) {
  const { metrics: found } = await session.send("Performance.getMetrics");
  return Object.fromEntries(found.map(({ name, value }) => [name, value]));
}

async function openBattle(options, address, slowdown) {
  const browser = await openBrowser(options);
  const session = await browser.context.newCDPSession(browser.page);
  await session.send("Performance.enable");
  const { matches } = await (await fetch(new URL("api/matches", address))).json();
  // The newest is the one that will be fought.
  await browser.page.goto(new URL(`match/${matches[0].match}`, address).href);
  await until(browser.page, "a battle", 180, (s) => s.status === "live" && s.tick > 60);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  await browser.page.waitForTimeout(1500);
  return { ...browser, session };
}

async function frames() {
  await framesOf([
    ["1440×900, ratio 1", "blitz", { width: 1440, height: 900, scale: 1 }, 1],
    ["1440×900, ratio 2", "blitz", { width: 1440, height: 900, scale: 2 }, 1],
    ["1440×900, ratio 1, Siege", "siege", { width: 1440, height: 900, scale: 1 }, 1],
    ["390×844, ratio 3, CPU ÷ 4", "blitz", { width: 390, height: 844, scale: 3, mobile: true }, 4],
  ]);
}

/** Every row of the list is asked for, and looked at. */
async function list() {
  const others = Number(values.others);
  const desk = { width: 1440, height: 900, scale: 1 };
  const showAll = async (page) => {
    const more = page.locator(".rail-more");
    while ((await more.count()) > 0) await more.first().click();
    const room = await page.locator("nav.rail").evaluate((rail) => {
      rail.scrollTo(0, rail.scrollHeight / 2);
      return rail.scrollHeight;
    });
    if (room < others * 40) throw new Error(`the list is ${room} px high: too little for ${others} rows`);
  };
  await framesOf([["no other match", "blitz", desk, 1]]);
  await framesOf([[`${others} other matches listed, all rows shown`, "blitz", desk, 1, { others, showAll }]]);
}

/** Cases are a name, a mode, a screen, how many times slower the processor is, and what else there is. */
async function framesOf(cases) {
  const seconds = numberOf(values.seconds, 8);
  const runs = numberOf(values.runs, 3);
  for (const [name, mode, options, slowdown, { others = 0, showAll } = {}] of cases) {
    const found = { p50: [], p95: [], perSecond: [], share: [], cpu: [] };
    for (let run = 0; run < runs; run += 1) {
      const relay = await pretendRelay(mode, others);
      const browser = await openBattle(options, relay.address, slowdown);
      await showAll?.(browser.page);
      const before = await metrics(browser.session);
      const gaps = await browser.page.evaluate(
        (forMs) =>
          new Promise((resolve) => {
            const gaps = [];
            let last;
            let end;
            const frame = (now) => {
              if (last !== undefined) gaps.push(now - last);
              last = now;
              end ??= now + forMs;
              if (now < end) requestAnimationFrame(frame);
              else resolve(gaps);
            };
            requestAnimationFrame(frame);
          }),
        seconds * 1000,
      );
      const after = await metrics(browser.session);
      const all = sorted(gaps);
      found.p50.push(quantile(all, 0.5));
      found.p95.push(quantile(all, 0.95));
      found.perSecond.push(gaps.length / seconds);
      // Time on the processor where Chromium tells it: a task that waits for a core is not busy.
      const busy = (after.ThreadTime ?? after.TaskDuration) - (before.ThreadTime ?? before.TaskDuration);
      found.share.push((100 * busy) / (after.Timestamp - before.Timestamp));
      found.cpu.push((1000 * busy) / Math.max(1, gaps.length));
      await browser.close();
      relay.close();
    }
    console.log(
      `${name}: frame p50 ${spread(found.p50)} ms, p95 ${spread(found.p95)} ms, ${spread(found.perSecond, 0)} a second, main thread ${spread(found.share, 0)} %, ${spread(found.cpu)} ms of it a frame`,
    );
  }
}

/** Runs in the page: looks after each drawing at the pixels around a warrior of one's own. */
function lookAtPixels() {
  const { port1, port2 } = new MessageChannel();
  const look = { frame: 0, still: 0, last: undefined, pressed: undefined, found: undefined };
  window.__look = look;
  addEventListener("keydown", (event) => {
    if (event.code.startsWith("Arrow"))
      Object.assign(look, {
        pressed: { atMs: event.timeStamp, frame: look.frame, still: look.still },
        found: undefined,
      });
  });
  port1.onmessage = ({ data: nowMs }) => {
    const { play, warriors } = window.__aurelius.state();
    const place = warriors[play.own[0]]?.drawn;
    const canvas = document.querySelector("canvas.arena");
    if (place === null || place === undefined || canvas === null) return;
    const cell = canvas.width / 34;
    const [x, y] = [place.x, place.y].map((at) => Math.round((at - 1) * cell));
    const { data } = canvas.getContext("2d").getImageData(x, y, Math.round(cell * 3), Math.round(cell * 3));
    let hash = x * 31 + y;
    for (let at = 0; at < data.length; at += 4)
      hash = (hash * 33 + data[at] * 7 + data[at + 1] * 3 + data[at + 2]) | 0;
    look.frame += 1;
    look.still = hash === look.last ? look.still + 1 : 0;
    if (look.pressed !== undefined && look.found === undefined && hash !== look.last)
      look.found = { frames: look.frame - look.pressed.frame, ms: nowMs - look.pressed.atMs };
    look.last = hash;
  };
  const frame = (nowMs) => {
    port2.postMessage(nowMs);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** A warrior that stands still among others that stand still is turned: what is seen first, and when. */
async function keys() {
  const demo = await Demo.start({ whole: true });
  const browser = await openBrowser({ reducedMotion: "reduce" });
  const { page } = browser;
  await page.goto(demo.url);
  const { matches } = await (await fetch(new URL("api/matches", demo.url))).json();
  const lobby = matches.find(({ status }) => status === "open");
  await page.goto(new URL(`match/${lobby.match}`, demo.url).href);
  await enterLobby(page, 1);
  await waitForBattle(page, lobby.match, 120);
  await page.evaluate(lookAtPixels);
  const arrows = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"];
  const [frames, times] = [[], []];
  let spoiled = 0;
  for (let press = 0; press < Number(values.presses); press += 1) {
    await page.keyboard.press("Space");
    await page.waitForTimeout(450);
    await page.keyboard.press(arrows[press % arrows.length]);
    await page.waitForTimeout(250);
    const { pressed, found } = await page.evaluate(() => window.__look);
    // Somebody else moved beside it: what was seen first need not be the key's.
    if (found === undefined || pressed.still < 3) spoiled += 1;
    else {
      frames.push(found.frames);
      times.push(Math.max(0, found.ms));
    }
    const { play, warriors, over } = await page.evaluate(() => window.__aurelius.state());
    if (over || warriors[play.own[0]].hp === 0) break;
  }
  console.log(
    `${frames.length} presses: first pixel in drawing ${spread(frames, 0)} after the key, ${spread(times)} ms; ${spoiled} spoiled by neighbours`,
  );
  await browser.close();
  await demo.end();
}

async function heap() {
  const minutes = numberOf(values.minutes, 10);
  const relay = await pretendRelay("blitz");
  const browser = await openBattle({ width: 1440, height: 900, scale: 1 }, relay.address, 1);
  for (let minute = 0; minute <= minutes; minute += 1) {
    if (minute > 0) await browser.page.waitForTimeout(60_000);
    await browser.session.send("HeapProfiler.collectGarbage");
    const {
      JSHeapUsedSize: bytes,
      Nodes: nodes,
      JSEventListeners: listeners,
    } = await metrics(browser.session);
    console.log(`minute ${minute}: ${(bytes / 1e6).toFixed(2)} MB, ${nodes} nodes, ${listeners} listeners`);
  }
  await browser.close();
  relay.close();
}

/** A match of `count` players whose warriors turn all the time, as the chain would tell it. */
function record(arena, rules, count) {
  const owners = Uint8Array.from({ length: count }, (_, slot) => slot);
  const seedOf = (text) => arena.sha256(new TextEncoder().encode(text));
  const [match, value] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const seed = arena.sha256(new TextEncoder().encode("aurelius:seed"), match, value);
  const siege = rules[1] === 1;
  const ticks = rules[8] + rules[9] * 256;
  const perCheckpoint = rules[7];
  const keys = [seedOf("secret")];
  while (keys.length <= ticks / 60 / perCheckpoint + 1) keys.unshift(arena.sha256(keys[0]));
  const [dripRoot, ...drip] = keys;
  const genesisLeaf = arena.start(rules, owners, count, seed);
  const slots = 60 / (rules[12] + rules[13] * 256);
  const checkpoints = [];
  let previous = genesisLeaf;
  for (let index = 0; !arena.ended; index += 1) {
    const key = arena.sha256(seed, drip[index]);
    const segments = [];
    for (let at = 0; at < perCheckpoint && !arena.ended; at += 1) {
      const inputs = turning(count, slots, index * 7 + at, siege ? 2 : 4);
      segments.push({ inputs, leaf: arena.segment(key, inputs, owners) });
    }
    const number = Uint8Array.of(index & 255, index >> 8, 0, 0);
    const hashes = segments.flatMap(({ inputs, leaf }) => [arena.sha256(inputs), leaf]);
    const domain = new TextEncoder().encode("aurelius:checkpoint");
    const digest = arena.sha256(domain, number, previous, drip[index], ...hashes);
    const dripKey = drip[index];
    checkpoints.push({ index, dripKey, segments, digest, signature: "", slot: 0n, playersKnown: count });
    previous = segments.at(-1).leaf;
  }
  const players = Array.from(owners, (slot) => ({
    wallet: `${slot}`,
    slot,
    warriors: 1,
    paid: 1n,
    late: null,
  }));
  const start = { value, seed, genesisLeaf, owners, capacity: count, signature: "" };
  const rest = { standing: "live", result: null, payments: [], trace: null };
  return { match, rules, rulesHash: arena.sha256(rules), dripRoot, players, start, checkpoints, ...rest };
}

/** Packed inputs in which each warrior turns `times` times: docs/RULES.md. */
function turning(count, slots, salt, times) {
  const width = Math.ceil(count / 8);
  const masks = new Uint8Array(slots * width);
  const headings = [];
  for (let slot = 0; slot < slots; slot += 1) {
    for (let warrior = 0; warrior < count; warrior += 1) {
      if ((slot * 31 + warrior * 17 + salt) % slots >= times) continue;
      masks[slot * width + (warrior >> 3)] |= 1 << (warrior & 7);
      headings.push(1 + ((slot + warrior + salt) % 8));
    }
  }
  const packed = new Uint8Array(Math.ceil(headings.length / 2));
  headings.forEach((heading, at) => {
    packed[at >> 1] |= heading << (4 * (at & 1));
  });
  return Uint8Array.of(0, ...masks, ...packed);
}

async function verify() {
  const runs = numberOf(values.runs, 9);
  const { Arena, checkRecord, compileArena } = await import("@aurelius/sdk/arena");
  const wasm = readFileSync(new URL("../../sdk/wasm/arena.wasm", import.meta.url));
  for (const [name, column, count] of [
    ["Blitz of 20", 4, 20],
    ["Siege of 100", 5, 100],
  ]) {
    const rules = table(column);
    const made = record(await Arena.load(wasm), rules, count);
    const firsts = [];
    const times = [];
    for (let run = 0; run < runs; run += 1) {
      const began = performance.now();
      const arena = await Arena.load(await compileArena(wasm));
      const report = checkRecord(arena, made);
      firsts.push(performance.now() - began);
      if (!report.ok)
        throw new Error(
          `${name}: the record is not green: ${JSON.stringify(report.checkpoints.find(({ verdict }) => verdict === "red")?.difference)}`,
        );
      const again = performance.now();
      checkRecord(arena, made);
      times.push(performance.now() - again);
    }
    const { length } = made.checkpoints;
    console.log(
      `${name}, ${length} checkpoints: ${spread(firsts)} ms with compiling the module, ${spread(times)} ms warm`,
    );
  }
}

/** A rules table out of the document that everybody can read. */
function table(column) {
  const text = readFileSync(new URL("../../docs/RULES.md", import.meta.url), "utf8");
  const rules = new Uint8Array(96);
  for (const row of text.matchAll(
    /^\| (\d+) \| (\d+) \| `\w+` \| (\[[\d, ]+\]|\d+) \| (\[[\d, ]+\]|\d+) \|$/gm,
  )) {
    const [offset, bytes] = [Number(row[1]), Number(row[2])];
    const numbers = [JSON.parse(row[column - 1])].flat();
    const width = bytes / numbers.length;
    numbers.forEach((number, index) => {
      for (let byte = 0; byte < width; byte += 1) rules[offset + index * width + byte] = number >> (8 * byte);
    });
  }
  return rules;
}

async function socket() {
  const seconds = numberOf(values.seconds, 20);
  const browser = await openBrowser();
  const session = await browser.context.newCDPSession(browser.page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.webSocketFrameReceived", ({ response: { opcode, payloadData } }) => {
    bytes += opcode === 2 ? Buffer.from(payloadData, "base64").length : payloadData.length;
  });
  await browser.page.goto(url);
  await until(browser.page, "a battle", 240, (s) => s.status === "live" && s.tick > 30);
  const rates = [];
  for (let second = 0; second < seconds; second += 1) {
    bytes = 0;
    const began = performance.now();
    await browser.page.waitForTimeout(1000);
    const { status, over } = await browser.page.evaluate(() => window.__aurelius.state());
    if (status !== "live" || over) break;
    rates.push(bytes / (performance.now() - began));
  }
  const { matches } = await (await fetch(new URL("api/matches?limit=100", url))).json();
  console.log(
    `${spread(rates, 2)} kB a second over ${rates.length} s, ${matches.length} matches on the list's first page`,
  );
  await browser.close();
}

const measures = { frames, list, keys, verify, heap, socket };
const measure = measures[what];
if (measure === undefined || (what === "socket" && url === undefined)) {
  console.error(`usage: node web/bench/measure.mjs ${Object.keys(measures).join("|")} [URL]`);
  process.exit(2);
}
console.log(`load average ${loadavg()[0].toFixed(1)} at the beginning`);
await measure();
console.log(`load average ${loadavg()[0].toFixed(1)} at the end`);
process.exit(0);
