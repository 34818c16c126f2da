/**
 * Every page in every layout: nothing sticks out sideways, axe finds nothing, nothing jumps while
 * the page loads. With `--screenshot` a picture of each, to be looked at.
 *
 *   node looks.mjs [URL] [--screenshot DIR] [--only LAYOUT] [--timeout SECONDS]
 *
 * Without an address it starts a demonstration of its own. A relay that is given wants at least one settled match with
 * a replay, one that runs and a lobby.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AxeBuilder } from "@axe-core/playwright";
import { openBrowser } from "./browser.mjs";
import { Demo } from "./demo.mjs";
import { until } from "./scenario.mjs";

const LAYOUTS = {
  "small-phone": { width: 320, height: 640, scale: 2, mobile: true, colorScheme: "light" },
  phone: { width: 390, height: 844, scale: 2, mobile: true, colorScheme: "dark" },
  "phone-on-its-side": { width: 844, height: 390, scale: 2, mobile: true, colorScheme: "dark" },
  tablet: { width: 820, height: 1180, scale: 1, mobile: true, colorScheme: "light" },
  desk: { width: 1440, height: 900, scale: 1, colorScheme: "light" },
  "wide-desk": { width: 2560, height: 1440, scale: 1, colorScheme: "dark", reducedMotion: "reduce" },
};
/** Layout shift that the web's own measure still calls good. */
const SHIFT_MAX = 0.1;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    screenshot: { type: "string" },
    only: { type: "string" },
    timeout: { type: "string", default: "120" },
  },
});
if (values.only !== undefined && LAYOUTS[values.only] === undefined) {
  console.error(`usage: node looks.mjs [URL] [--screenshot DIR] [--only ${Object.keys(LAYOUTS).join("|")}]`);
  process.exit(2);
}
if (values.screenshot !== undefined) mkdirSync(values.screenshot, { recursive: true });
const demo = positionals[0] === undefined ? await Demo.start() : undefined;
const url = positionals[0] ?? demo.url;
const json = async (path) => (await fetch(new URL(path, url))).json();

/** Waits for a match in this state. */
async function matchThat(holds) {
  const deadline = Date.now() + Number(values.timeout) * 1000;
  while (Date.now() < deadline) {
    const { matches } = await json("api/matches?limit=60");
    const found = matches.find(holds);
    if (found !== undefined) return found.match;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("the relay has no match that the pages need");
}

const settled = await matchThat(({ status }) => status === "settled");
const detail = await json(`api/matches/${settled}`);
const [{ wallet }] = detail.players;

/** Pages by name: the address, and what must be there before it is looked at. */
const PAGES = {
  home: { path: () => "", ready: (page) => page.locator(".entry").first().waitFor() },
  live: {
    path: async () => `match/${await matchThat(({ status }) => status === "live")}`,
    ready: (page) => until(page, "the battle", 30, (s) => s.tick > 30),
  },
  lobby: {
    path: async () => `match/${await matchThat(({ status }) => status === "open")}`,
    ready: (page) => page.locator('[data-panel="lobby"]').waitFor(),
  },
  result: {
    path: () => `match/${settled}`,
    ready: (page) => page.locator('[data-panel="result"]').waitFor(),
  },
  replay: {
    path: () => `match/${settled}`,
    async ready(page) {
      await page.getByRole("button", { name: "Watch the replay" }).first().click();
      await until(page, "the replay", 20, (s) => s.replay?.tick > 240);
    },
  },
  leaderboard: { path: () => "leaderboard", ready: (page) => page.locator("tbody tr").first().waitFor() },
  player: { path: () => `player/${wallet}`, ready: (page) => page.locator("tbody tr").first().waitFor() },
  my: { path: () => "my", ready: (page) => page.getByRole("heading", { name: "My matches" }).waitFor() },
  history: { path: () => "history", ready: (page) => page.locator(".entry").first().waitFor() },
  rules: { path: () => "rules", ready: (page) => page.locator(".facts").first().waitFor() },
  help: { path: () => "help", ready: (page) => page.getByRole("heading", { name: "Wallets" }).waitFor() },
  "not-found": {
    path: () => "match/nonsense",
    ready: (page) => page.getByText("There is nothing at this address").waitFor(),
  },
};

/** Counts how far things jump without anybody having pressed something. */
function watchShifts() {
  window.__shift = 0;
  window.__shifted = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      window.__shift += entry.value;
      for (const { node } of entry.sources)
        window.__shifted.push(`${node?.nodeName?.toLowerCase()}.${node?.className ?? ""}`);
    }
  }).observe({ type: "layout-shift", buffered: true });
}

async function troubleOn(page, name) {
  const found = [];
  const { inner, outer, who } = await page.evaluate(() => {
    const inner = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("body *")].find((element) => {
      const { right, width } = element.getBoundingClientRect();
      return width > 0 && right > inner + 1 && element.closest(".table-room, .pages, .scroll") === null;
    });
    const who = wide === undefined ? "" : `${wide.nodeName.toLowerCase()}.${wide.className}`;
    return { inner, outer: document.documentElement.scrollWidth, who };
  });
  if (outer > inner) found.push(`${name} is ${outer} px wide on ${inner}: ${who}`);
  const { shift, shifted } = await page.evaluate(() => ({
    shift: window.__shift,
    shifted: window.__shifted,
  }));
  // A replay begins with a press, and its bar grows under the finger.
  if (shift > SHIFT_MAX && name !== "replay")
    found.push(`${name} shifts by ${shift.toFixed(3)}: ${[...new Set(shifted)].slice(0, 4).join(", ")}`);
  const { violations } = await new AxeBuilder({ page }).analyze();
  for (const { id, nodes } of violations)
    found.push(`${name}: axe says ${id} (${nodes.length}): ${nodes[0].html.slice(0, 140)}`);
  return found;
}

let failed = 0;
for (const [layout, options] of Object.entries(LAYOUTS)) {
  if (values.only !== undefined && values.only !== layout) continue;
  const browser = await openBrowser(options);
  const { page, context } = browser;
  await context.addInitScript(watchShifts);
  page.setDefaultTimeout(20_000);
  for (const [name, { path, ready }] of Object.entries(PAGES)) {
    try {
      await page.goto(new URL(await path(), url).href);
      await ready(page);
      await page.waitForTimeout(400);
      if (values.screenshot !== undefined)
        await page.screenshot({ path: join(values.screenshot, `${layout}-${name}.png`) });
      const found = await troubleOn(page, name);
      failed += found.length;
      for (const line of found) console.error(`FAIL  ${layout}: ${line}`);
      if (found.length === 0) console.log(`ok    ${layout}: ${name}`);
    } catch (error) {
      failed += 1;
      console.error(`FAIL  ${layout}: ${name}: ${error.message.split("\n")[0]}`);
    }
  }
  await browser.close();
}
await demo?.end(values.screenshot);
console.log(failed === 0 ? "looks: ok" : `looks: ${failed} found`);
process.exit(failed === 0 ? 0 : 1);
