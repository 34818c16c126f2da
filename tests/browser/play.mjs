/**
 * Plays one match on the page of a running demonstration, from the lobby to the payout and the proof.
 *
 *   node play.mjs URL [--screenshot DIR] [--timeout SECONDS] [--warriors N]
 *
 * Enters with the page's own wallet of the local chain, steers by keyboard, reloads in the middle, opens a second
 * tab, waits for the payout, and has the browser recompute the match. Exit status as of `watch.mjs`.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser } from "./browser.mjs";
import {
  checkProof,
  checkSecondTab,
  checkSteering,
  enterLobby,
  reloadInBattle,
  waitForBattle,
} from "./playing.mjs";
import { checkOutcome, checkPanels, expect, Failure, watchForTrouble } from "./scenario.mjs";

const USAGE = "usage: node play.mjs URL [--screenshot DIR] [--timeout SECONDS] [--warriors N]";

function usage() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        screenshot: { type: "string" },
        timeout: { type: "string", default: "240" },
        warriors: { type: "string", default: "2" },
      },
    });
    const url = new URL(positionals[0] ?? "");
    const timeoutS = Number(values.timeout);
    const warriors = Number(values.warriors);
    if (positionals.length !== 1 || !(timeoutS > 0) || !(warriors >= 1))
      throw new Error("one URL, positive numbers");
    return { url: url.href, directory: values.screenshot, timeoutS, warriors };
  } catch (error) {
    console.error(`${USAGE}\n${error.message}`);
    process.exit(2);
  }
}

const { url, directory, timeoutS, warriors } = usage();
if (directory !== undefined) mkdirSync(directory, { recursive: true });
const browser = await openBrowser({ colorScheme: "dark" });
const { page, context } = browser;
const trouble = watchForTrouble(page, url);

async function picture(name) {
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`) });
}

let status = 0;
try {
  await page.goto(url, { waitUntil: "domcontentloaded" });
  const match = await enterLobby(page, warriors);
  console.log(`entered ${match} with ${warriors} warriors`);
  await picture("lobby");
  await waitForBattle(page, match, timeoutS);
  const first = await checkSteering(page);
  console.log(
    `steered: ${first.acked} moves taken, ${first.latencyMs} ms to the ack, ${first.keyToPixelMs} ms to the pixel`,
  );
  await picture("playing");
  await checkSecondTab(context, page, match);
  console.log("a second tab watches and does not take the match");
  await reloadInBattle(page);
  const second = await checkSteering(page);
  console.log(`steered after a reload: ${second.acked} moves taken`);
  await checkPanels(page).catch((error) => {
    throw new Failure(`while playing: ${error.message}`);
  });
  const outcome = await checkOutcome(page, url, match, timeoutS);
  console.log(
    `ended and settled: pot ${outcome.pot}, ${outcome.paid} paid, ${outcome.checkpoints} checkpoints`,
  );
  await picture("result");
  const proof = await checkProof(page, match);
  console.log(`proved in the browser: ${proof}`);
  await picture("proof");
  expect(trouble.length === 0, trouble.join("\n"));
  console.log("play: ok");
} catch (error) {
  status = 1;
  await picture("failure").catch(() => undefined);
  console.error(error instanceof Failure ? `play: ${error.message}` : error);
  for (const line of trouble) console.error(`play: ${line}`);
} finally {
  await browser.close();
}
process.exit(status);
