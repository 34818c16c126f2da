/**
 * The replay of a match that is over, on the page: played, scrubbed, followed and checked.
 *
 *   node replay.mjs [URL] [--screenshot DIR] [--timeout SECONDS]
 *
 * Without an address it starts a demonstration of its own. Waits for a match with a replay file. Exit status as of `watch.mjs`.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser } from "./browser.mjs";
import { Demo } from "./demo.mjs";
import { expect, Failure, state, until, watchForTrouble } from "./scenario.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { screenshot: { type: "string" }, timeout: { type: "string", default: "240" } },
});
const demo = positionals[0] === undefined ? await Demo.start() : undefined;
const url = positionals[0] ?? demo.url;
const timeoutS = Number(values.timeout);
if (values.screenshot !== undefined) mkdirSync(values.screenshot, { recursive: true });

/** The newest match that is settled and has a replay. */
async function finishedMatch() {
  const deadline = Date.now() + timeoutS * 1000;
  while (Date.now() < deadline) {
    const { replays } = await (await fetch(new URL("api/replays?limit=5", url))).json();
    for (const { match } of replays) {
      const detail = await (await fetch(new URL(`api/matches/${match}`, url))).json();
      if (detail.summary.status === "settled") return detail;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Failure(`no settled match with a replay within ${timeoutS} s`);
}

const browser = await openBrowser({ colorScheme: "dark" });
const { page } = browser;
const trouble = watchForTrouble(page, url);
let status = 0;
try {
  const detail = await finishedMatch();
  const { match } = detail.summary;
  await page.goto(new URL(`match/${match}`, url).href);
  await page.locator('[data-panel="result"]').waitFor({ timeout: 60_000 });
  await page.getByRole("button", { name: "Watch the replay" }).first().click();
  const bar = page.locator('[data-replay="open"]');
  await bar.waitFor({ timeout: 60_000 });
  expect(await page.locator('[data-panel="result"]').isHidden(), "the result still covers the arena");

  // It plays by itself, from the beginning, and everybody stands.
  const first = await until(page, "the replay to play", 30, (s) => s.replay?.tick > 20);
  expect(first.warriors.length > 1, "no warriors in the replay");
  const later = await until(page, "a second of it", 30, (s) => s.replay.tick > first.replay.tick + 60);
  expect(later.tick > first.tick, "the tick on screen stands still");

  // Paused, it stands still; scrubbed to the end, it has recomputed everything.
  await page.getByRole("button", { name: "Pause" }).click();
  const stopped = (await state(page)).replay.tick;
  await page.waitForTimeout(400);
  expect(Math.abs((await state(page)).replay.tick - stopped) < 12, "the replay goes on while paused");
  const scrub = page.getByRole("slider", { name: "Place in the battle" });
  await scrub.focus();
  await page.keyboard.press("End");
  const end = await until(page, "the end", 20, (s) => s.replay.tick >= s.replay.lastTick);
  const { green, red } = end.replay;
  expect(red === 0, `${red} checkpoints are red`);
  expect(
    green === detail.checkpoints.length,
    `${green} of ${detail.checkpoints.length} checkpoints are green`,
  );
  expect(/agree/.test((await page.locator(".replay-verdict").textContent()) ?? ""), "no verdict in words");

  // What it shows at the end is what the relay says of the end.
  const winner = detail.players.find((player) => player.place === 1);
  const standing = end.warriors.filter((warrior) => warrior.hp > 0);
  expect(
    standing.some((warrior) => warrior.owner === winner.slot),
    "the winner has no warrior standing at the end",
  );
  const fallen = await page.locator(".death").count();
  expect(
    fallen === end.warriors.length - standing.length,
    `${fallen} fallen are listed, ${end.warriors.length - standing.length} have no health`,
  );

  // Back to the beginning by keyboard: nobody has fallen yet.
  await page.keyboard.press("Home");
  await until(page, "the beginning", 10, (s) => s.replay.tick < 2);
  expect((await page.locator(".death").count()) === 0, "the fallen are known before the battle");

  // Followed, and quick.
  await page.getByRole("combobox", { name: "Follow a warrior" }).selectOption({ index: 1 });
  await page.getByRole("combobox", { name: "Speed" }).selectOption("8");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  const quick = await until(page, "eight times the speed", 10, (s) => s.replay.tick > 120);
  expect(quick.follow === 0, `warrior ${quick.follow} is followed, not the first`);
  if (values.screenshot !== undefined) await page.screenshot({ path: join(values.screenshot, "replay.png") });
  await page.getByRole("button", { name: "Close" }).click();
  await bar.waitFor({ state: "detached" });
  expect(trouble.length === 0, trouble.join("\n"));
  console.log(`replay: ok, ${green} checkpoints recomputed`);
} catch (error) {
  status = 1;
  if (values.screenshot !== undefined)
    await page.screenshot({ path: join(values.screenshot, "failure.png") }).catch(() => undefined);
  console.error(error instanceof Failure ? `replay: ${error.message}` : error);
  for (const line of trouble) console.error(`replay: ${line}`);
} finally {
  await browser.close();
  await demo?.end(values.screenshot);
}
process.exit(status);
