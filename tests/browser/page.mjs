/**
 * The page against the pretend relay: fast, and with troubles that a real relay does not make on
 * request. Needs a built page (`npm run build` in web/).
 *
 *   node page.mjs [--screenshot DIR] [--only PART_OF_A_NAME]
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { AxeBuilder } from "@axe-core/playwright";
import { openBrowser } from "./browser.mjs";
import { MockRelay } from "./mock/relay.mjs";
import {
  checkMovement,
  checkOutcome,
  checkPanels,
  expect,
  openLiveMatch,
  state,
  until,
  watchForTrouble,
} from "./scenario.mjs";

const PAGE = fileURLToPath(new URL("../../web/dist", import.meta.url));
const { values } = parseArgs({ options: { screenshot: { type: "string" }, only: { type: "string" } } });
if (values.screenshot !== undefined) mkdirSync(values.screenshot, { recursive: true });

const tests = {
  async "a match from live picture to payouts"({ relay, open }) {
    const { page, url, trouble } = await open(relay({ lengthTicks: 900, pace: 2 }));
    const match = await openLiveMatch(page, url, 60);
    await checkPanels(page);
    await checkMovement(page);
    await checkOutcome(page, url, match, 60);
    expect(trouble.length === 0, trouble.join("\n"));
  },

  async "a lobby that fills and starts"({ relay, open }) {
    const { page, url } = await open(relay({ lengthTicks: 1200, pace: 0.4, history: false }));
    await page.goto(url);
    await until(page, "an open lobby", 20, (s) => s.status === "open");
    await page.locator('[data-panel="lobby"]').waitFor({ state: "visible" });
    const seats = page.locator(".seat:not([data-free])");
    const before = await seats.count();
    await page.waitForFunction(
      (count) => document.querySelectorAll(".seat:not([data-free])").length > count,
      before,
      { timeout: 15_000 },
    );
    await until(page, "the battle", 60, (s) => s.status === "live" && s.tick > 30);
    expect(await page.locator('[data-panel="lobby"]').isHidden(), "the lobby still covers the battle");
  },

  async "a lost connection comes back by itself and says so"({ relay, open }) {
    const server = relay({ lengthTicks: 5400, pace: 4 });
    const { page, url, trouble } = await open(server);
    await openLiveMatch(page, url, 60);
    server.relay.drop(3);
    await page.locator(".ribbon").waitFor({ state: "visible", timeout: 5_000 });
    const lost = await state(page);
    expect(lost.warriors.length > 0, "the last picture is gone");
    const back = await until(page, "the link", 40, (s) => s.link === "online" && s.tick > lost.tick + 120);
    expect(back.match === lost.match, "another match after the reconnect");
    expect(await page.locator(".ribbon").isHidden(), "the ribbon stays after the reconnect");
    expect(trouble.length === 0, trouble.join("\n"));
  },

  async "a thousand listed matches: few rows until asked for, clocks that run"({ relay, open }) {
    const { page, url, trouble } = await open(relay({ lengthTicks: 5400, pace: 4, others: 1000 }));
    await page.goto(url);
    await until(page, "the list", 20, (s) => s.link === "online");
    await page.locator(".rail-more").first().waitFor({ timeout: 20_000 });
    const few = await page.locator(".entry").count();
    expect(few < 150, `${few} rows before anybody asked for all of them`);
    const clock = page.locator('.entry[data-status="live"] .entry-facts').nth(5);
    const before = await clock.textContent();
    // The relay says nothing about ticks: the page counts.
    await page.waitForFunction(
      ([text]) =>
        document.querySelectorAll('.entry[data-status="live"] .entry-facts')[5].textContent !== text,
      [before],
      { timeout: 5_000 },
    );
    const more = page.locator(".rail-more");
    while ((await more.count()) > 0) await more.first().click();
    // Now all of them have their room, and those near the window are there.
    const rail = page.locator("nav.rail");
    const room = await rail.evaluate((list) => list.scrollHeight);
    expect(room > 40_000, `a thousand rows are ${room} px high`);
    const seen = new Set();
    for (let top = 0; top < room; top += room / 8) {
      await rail.evaluate((list, to) => list.scrollTo(0, to), top);
      await page.waitForFunction(() => {
        const { top, bottom } = document.querySelector("nav.rail").getBoundingClientRect();
        const inSight = (row) =>
          row.getBoundingClientRect().bottom > top && row.getBoundingClientRect().top < bottom;
        return [...document.querySelectorAll(".entry")].filter(inSight).length > 5;
      });
      const there = await page.locator(".entry").evaluateAll((rows) => rows.map((row) => row.dataset.match));
      expect(there.length < 150, `${there.length} rows are there at once`);
      for (const match of there) seen.add(match);
    }
    expect(seen.size > 250, `only ${seen.size} matches were seen while scrolling`);
    expect(trouble.length === 0, trouble.join("\n"));
  },

  async "a phone: list, match and back, without sideways scrolling"({ relay, open }) {
    const { page, url } = await open(relay({ lengthTicks: 5400, pace: 4 }), {
      width: 390,
      height: 844,
      scale: 2,
      mobile: true,
    });
    await page.goto(url);
    await page.locator('a.entry[data-status="live"]').first().tap({ timeout: 30_000 });
    await until(page, "the battle", 20, (s) => s.status === "live" && s.tick > 10);
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(widths[0] <= widths[1], `the page is ${widths[0]} px wide on a screen of ${widths[1]}`);
    const arena = await page.locator("canvas.arena").boundingBox();
    expect(
      arena !== null && arena.width >= 380 && Math.abs(arena.width - arena.height) < 2,
      "the arena does not fill the phone's width",
    );
    await page.locator(".back").tap();
    await page.locator("nav.rail").waitFor({ state: "visible" });
  },

  async "the keyboard alone"({ relay, open }) {
    const { page, url } = await open(relay({ lengthTicks: 5400, pace: 4 }));
    const match = await openLiveMatch(page, url, 60);
    await page.goto(`${url}/#/`);
    await page.reload();
    await until(page, "the list", 20, (s) => s.link === "online");
    const reached = new Set();
    for (let count = 0; count < 60; count += 1) {
      await page.keyboard.press("Tab");
      const found = await page.evaluate(() => {
        const active = document.activeElement;
        const outlined = active === null ? "" : getComputedStyle(active).outlineStyle;
        return { name: active?.className ?? "", match: active?.getAttribute("data-match"), outlined };
      });
      if (found.name !== "") reached.add(found.name.split(" ")[0]);
      expect(
        found.name === "" || found.outlined !== "none" || found.name === "stage",
        `no visible focus on .${found.name}`,
      );
      if (found.name === "standing-main") break;
    }
    for (const part of ["skip", "brand", "entry", "copy", "standing-main"])
      expect(reached.has(part), `Tab does not reach .${part}`);
    await page.keyboard.press("Enter");
    const highlighted = page.locator('.standing-main[aria-pressed="true"]');
    await highlighted.waitFor({ timeout: 3_000 });
    await page.keyboard.press("Escape");
    await highlighted.waitFor({ state: "detached", timeout: 3_000 });
    await page.locator(`a.entry[data-match="${match}"]`).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/match/${match}`);
  },

  async "axe finds nothing: arena, history, rules, help"({ relay, open }) {
    // What is just fading in has no contrast yet.
    const { page, url } = await open(relay({ lengthTicks: 5400, pace: 4 }), { reducedMotion: "reduce" });
    await openLiveMatch(page, url, 60);
    for (const path of ["", "history", "rules", "help", "my", "match/nonsense"]) {
      await page.goto(new URL(path, url).href);
      await until(page, "the page", 20, (s) => s.link === "online");
      await page.locator("h1").first().waitFor({ state: "attached", timeout: 10_000 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `/${path}: ${id}: ${nodes[0].html.slice(0, 120)}`);
      expect(found.length === 0, found.join("\n"));
    }
  },

  async "less motion when asked"({ relay, open }) {
    const { page, url } = await open(relay({ lengthTicks: 5400, pace: 4 }), { reducedMotion: "reduce" });
    await openLiveMatch(page, url, 60);
    await checkMovement(page);
    const duration = await page.evaluate(
      () =>
        getComputedStyle(document.querySelector('.badge[data-tone="live"]'), "::before").animationDuration,
    );
    expect(parseFloat(duration) < 0.01, `the live dot still pulses (${duration})`);
  },

  async "sound is off until chosen, and the choice is kept"({ relay, open }) {
    const { page, url, trouble } = await open(relay({ lengthTicks: 5400, pace: 4 }));
    await page.addInitScript(() => {
      window.__audio = { contexts: [], started: 0 };
      const Real = window.AudioContext;
      window.AudioContext = class extends Real {
        constructor() {
          super();
          window.__audio.contexts.push(this);
        }
      };
      const { start } = AudioScheduledSourceNode.prototype;
      AudioScheduledSourceNode.prototype.start = function (...when) {
        window.__audio.started += 1;
        return start.apply(this, when);
      };
    });
    await openLiveMatch(page, url, 90);
    const heard = () =>
      page.evaluate(() => ({ contexts: window.__audio.contexts.length, started: window.__audio.started }));
    await page.mouse.click(5, 300);
    const silent = await heard();
    expect(silent.contexts === 0, "an audio context was made before anybody wanted sound");
    const sound = page.getByRole("button", { name: "Sound" });
    await sound.click();
    await page.waitForFunction(() => window.__audio.contexts[0]?.state === "running", undefined, {
      timeout: 10_000,
    });
    await page.waitForFunction(() => window.__audio.started > 0, undefined, { timeout: 60_000 });
    await sound.click();
    await page.waitForFunction(() => window.__audio.contexts[0].state === "suspended", undefined, {
      timeout: 10_000,
    });
    await sound.click();
    await page.reload();
    await sound.waitFor({ timeout: 20_000 });
    expect((await sound.getAttribute("aria-pressed")) === "true", "the choice is gone after a reload");
    expect((await heard()).contexts === 0, "sound began without a gesture after a reload");
    expect(trouble.length === 0, trouble.join("\n"));
  },

  async "an unknown match and a wrong address"({ relay, open }) {
    const { page, url } = await open(relay({ lengthTicks: 900 }));
    await page.goto(`${url}/#/match/${"1".repeat(32)}`);
    await page.getByText("This relay does not know the match.").waitFor({ timeout: 15_000 });
    await page.goto(`${url}/#/nonsense`);
    await page.getByText("There is nothing at this address.").waitFor({ timeout: 5_000 });
    await page.getByRole("link", { name: "All matches", exact: true }).click();
    await until(page, "the home page", 15, (s) => s.match !== null && s.match !== "1".repeat(32));
  },

  async "no relay at all"({ relay, open }) {
    const server = relay({ lengthTicks: 5400 });
    const { page, url } = await open(server);
    await page.route("**/api/**", (route) => route.abort());
    server.relay.drop(600);
    await page.goto(url);
    await page.getByText("No connection").waitFor({ timeout: 10_000 });
    await page.getByText("The list could not be loaded").waitFor({ timeout: 10_000 });
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  if (values.only !== undefined && !name.includes(values.only)) continue;
  const closers = [];
  const tools = {
    relay: (options) => {
      const relay = new MockRelay({ page: PAGE, ...options });
      closers.push(async () => relay.close());
      return { relay };
    },
    open: async ({ relay }, options) => {
      const url = await relay.listen();
      const browser = await openBrowser(options);
      closers.unshift(() => browser.close());
      if (values.screenshot !== undefined) {
        closers.unshift(() =>
          browser.page.screenshot({ path: join(values.screenshot, `${name.replace(/\W+/g, "-")}.png`) }),
        );
      }
      return { ...browser, url, trouble: watchForTrouble(browser.page, url) };
    },
  };
  const startedAt = Date.now();
  try {
    await test(tools);
    console.log(`ok    ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.error(`FAIL  ${name}: ${error.stack ?? error}`);
  } finally {
    for (const close of closers) await close().catch(() => undefined);
  }
}
console.log(failed === 0 ? "page: ok" : `page: ${failed} of ${Object.keys(tests).length} failed`);
process.exit(failed === 0 ? 0 : 1);
