/**
 * Plays one match on the page of a running demonstration, from the lobby to the payout and the proof.
 *
 *   node play.mjs URL [--screenshot DIR] [--timeout SECONDS] [--warriors N]
 *
 * One player enters at a desk with an injected wallet that declines first, steers by keyboard, opens a second tab and
 * reloads in the middle; another on a phone with the page's own wallet of the local chain, and steers by touch. Both stay
 * until the payout, and the browser recomputes the match. Exit status as of `watch.mjs`.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser } from "./browser.mjs";
import {
  checkProof,
  checkSecondTab,
  checkSteering,
  checkTouch,
  enterLobby,
  enterWithWallet,
  reloadInBattle,
  waitForBattle,
} from "./playing.mjs";
import { checkOutcome, checkPanels, expect, Failure, USUAL_CHAIN, watchForTrouble } from "./scenario.mjs";
import { fund, injectWallet } from "./wallet.mjs";

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
const phone = await openBrowser({ width: 390, height: 844, scale: 3, mobile: true, colorScheme: "dark" });
const trouble = watchForTrouble(page, url);
const answer = await fetch(new URL("api/chain", url));
const { rpc } = answer.ok ? await answer.json() : USUAL_CHAIN;
/** More than any demonstration's stake. */
const TOKENS = 1_000_000_000n;

async function picture(name) {
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`) });
}

let status = 0;
try {
  await injectWallet(context, { name: "Other chain", chains: ["solana:mainnet"] });
  await injectWallet(context, { name: "Test wallet", chains: ["solana:localnet"] });
  await page.goto(url, { waitUntil: "domcontentloaded" });
  const match = await enterWithWallet(page, "Test wallet", warriors, (owner, mint) =>
    fund(rpc, owner, mint, TOKENS),
  );
  console.log(`entered ${match} with ${warriors} warriors, after the wallet declined`);
  await phone.page.goto(new URL(`match/${match}`, url).href, { waitUntil: "domcontentloaded" });
  await enterLobby(phone.page, 1);
  console.log("entered on a phone with a wallet made there");
  await picture("lobby");
  await waitForBattle(page, match, timeoutS);
  const first = await checkSteering(page);
  console.log(
    `steered: ${first.acked} moves taken, ${first.latencyMs} ms to the ack, ${first.keyToPixelMs} ms to the pixel`,
  );
  await picture("playing");
  await checkTouch(phone.page);
  console.log("steered on the phone by touch");
  if (directory !== undefined) await phone.page.screenshot({ path: join(directory, "phone.png") });
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
  await phone.close();
  await browser.close();
}
process.exit(status);
