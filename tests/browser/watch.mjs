/**
 * Watches one match on the page of a running relay, from a live picture to paid payouts.
 *
 *   node watch.mjs URL [--screenshot DIR] [--timeout SECONDS]
 *
 * Exit status 0 when everything was seen, 1 with the first thing that was missing, 2 on wrong usage.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser } from "./browser.mjs";
import {
  checkMovement,
  checkOutcome,
  checkPanels,
  Failure,
  openLiveMatch,
  watchForTrouble,
  expect,
} from "./scenario.mjs";

const USAGE = "usage: node watch.mjs URL [--screenshot DIR] [--timeout SECONDS]";

function usage() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { screenshot: { type: "string" }, timeout: { type: "string", default: "240" } },
    });
    const url = new URL(positionals[0] ?? "");
    const timeoutS = Number(values.timeout);
    if (positionals.length !== 1 || !(timeoutS > 0))
      throw new Error("one URL and a positive number of seconds");
    return { url: url.href, directory: values.screenshot, timeoutS };
  } catch (error) {
    console.error(`${USAGE}\n${error.message}`);
    process.exit(2);
  }
}

const { url, directory, timeoutS } = usage();
if (directory !== undefined) mkdirSync(directory, { recursive: true });
const browser = await openBrowser();
const { page } = browser;
const trouble = watchForTrouble(page, url);

async function picture(name) {
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`) });
}

let status = 0;
try {
  const match = await openLiveMatch(page, url, timeoutS);
  console.log(`live match on the page: ${match}`);
  await checkPanels(page);
  const { ticks, walkers, colours } = await checkMovement(page);
  console.log(
    `warriors move: ${walkers} changed cells within ${ticks} ticks (${colours} colours on the canvas)`,
  );
  await picture("live");
  const outcome = await checkOutcome(page, url, match, timeoutS);
  await picture("result");
  console.log(
    `ended and settled: pot ${outcome.pot}, ${outcome.paid} paid, ${outcome.checkpoints} checkpoints with transactions`,
  );
  expect(trouble.length === 0, trouble.join("\n"));
  console.log("page: ok");
} catch (error) {
  status = 1;
  await picture("failure").catch(() => undefined);
  console.error(error instanceof Failure ? `page: ${error.message}` : error);
  for (const line of trouble) console.error(`page: ${line}`);
} finally {
  await browser.close();
}
process.exit(status);
