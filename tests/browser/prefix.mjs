/**
 * The page of a real relay behind a proxy that serves it under a path, and at the root: every address opened by itself.
 *
 *   node prefix.mjs AURELIUS     # the command, for example target/debug/aurelius
 *
 * The proxy takes the path away, as nginx does with a slash behind `proxy_pass`; the relay is told nothing.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "./browser.mjs";
import { expect, until, watchForTrouble } from "./scenario.mjs";

const [command] = process.argv.slice(2);
if (command === undefined) {
  console.error("usage: node prefix.mjs AURELIUS");
  process.exit(2);
}
const KEY = "1".repeat(32);
const ROUTES = [
  ["", "Aurelius"],
  ["leaderboard", "Leaderboard"],
  ["history", "History"],
  ["rules", "Rules"],
  ["help", "Help"],
  ["my", "My matches"],
  [`player/${KEY}`, "Player"],
  [`match/${KEY}`, "Aurelius"],
];

/** A relay without matches; answers with its address and how to end it. */
async function startRelay(page) {
  const folder = mkdtempSync(join(tmpdir(), "aurelius-prefix-"));
  const args = [
    "relay",
    "--port",
    "0",
    "--database-url",
    `sqlite:${join(folder, "relay.db")}`,
    "--web-dir",
    page,
  ];
  const relay = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const gone = new Promise((resolve) => relay.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk) => {
      text += chunk;
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(text);
      if (found !== null) resolve(found[0]);
    };
    relay.stdout.on("data", read);
    relay.stderr.on("data", read);
    relay.once("exit", () => reject(new Error(`the relay ended:\n${text}`)));
    setTimeout(() => reject(new Error(`the relay names no address:\n${text}`)), 30_000).unref();
  });
  return {
    url,
    async close() {
      relay.kill("SIGTERM");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Serves `target` below `prefix`, and nothing elsewhere. */
async function startProxy(target, prefix) {
  const { hostname, port } = new URL(target);
  const inside = (url) => (url.startsWith(prefix) ? url.slice(prefix.length - 1) : undefined);
  const server = createServer((incoming, outgoing) => {
    const path = inside(incoming.url);
    if (path === undefined) {
      outgoing.writeHead(404).end("outside");
      return;
    }
    const { method, headers } = incoming;
    const passed = request({ hostname, port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.on("upgrade", (incoming, socket, head) => {
    const path = inside(incoming.url);
    if (path === undefined) {
      socket.destroy();
      return;
    }
    const upstream = connect(Number(port), hostname, () => {
      const headers = incoming.rawHeaders.reduce(
        (lines, part, at) => (at % 2 === 0 ? `${lines}${part}: ` : `${lines}${part}\r\n`),
        "",
      );
      upstream.write(`GET ${path} HTTP/1.1\r\n${headers}\r\n`);
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    for (const one of [upstream, socket]) one.on("error", () => [upstream, socket].map((it) => it.destroy()));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    close: () => server.closeAllConnections(server.close()),
  };
}

/** Opens every address by itself, and follows a link from there. */
async function checkRoutes(page, base) {
  const outside = [];
  const missing = [];
  page.on("request", (asked) => {
    const { origin } = new URL(asked.url());
    if (origin === new URL(base).origin && !asked.url().startsWith(base)) outside.push(asked.url());
  });
  page.on("response", (answer) => {
    const { pathname } = new URL(answer.url());
    const expected = pathname.endsWith(`/matches/${KEY}`) || pathname.endsWith(`/players/${KEY}`);
    if (answer.status() >= 400 && !expected && !pathname.endsWith("/api/chain"))
      missing.push(`${answer.status()} ${answer.url()}`);
  });
  for (const [path, title] of ROUTES) {
    const answer = await page.goto(new URL(path, base).href);
    expect(answer.status() === 200, `/${path} answers ${answer.status()}`);
    await until(page, `a connection on /${path}`, 20, (s) => s.link === "online");
    await page.waitForFunction((name) => document.title.includes(name), title, { timeout: 10_000 });
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    expect(page.url() === new URL(path, base).href, `the skip link leads from /${path} to ${page.url()}`);
    await page.getByRole("link", { name: "Rules" }).first().click();
    await page.waitForURL(new URL("rules", base).href);
    await page.goBack();
    await page.waitForURL(new URL(path, base).href);
  }
  for (const name of ["manifest.webmanifest", "icon-192.png", "icon-512.png", "favicon.svg"]) {
    const { status } = await fetch(new URL(name, base));
    expect(status === 200, `${name} answers ${status}`);
  }
  expect(outside.length === 0, `asked outside of ${base}: ${outside.join(", ")}`);
  expect(missing.length === 0, `not there: ${missing.join(", ")}`);
}

const closers = [];
let status = 0;
try {
  const relay = await startRelay(fileURLToPath(new URL("../../web/dist", import.meta.url)));
  closers.unshift(relay.close);
  for (const prefix of ["/", "/games/arena/"]) {
    const proxy = await startProxy(relay.url, prefix);
    closers.unshift(proxy.close);
    const browser = await openBrowser();
    closers.unshift(browser.close);
    const trouble = watchForTrouble(browser.page, proxy.url);
    await checkRoutes(browser.page, proxy.url);
    expect(trouble.length === 0, trouble.join("\n"));
    console.log(`ok    ${ROUTES.length} addresses under ${prefix}`);
  }
  console.log("prefix: ok");
} catch (error) {
  status = 1;
  console.error(`prefix: ${error.stack ?? error}`);
} finally {
  for (const close of closers) await Promise.resolve(close()).catch(() => undefined);
}
process.exit(status);
