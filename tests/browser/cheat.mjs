/**
 * A crank that lies, found by the page and punished by one press.
 *
 *   node cheat.mjs [--screenshot DIR] [--kind hp,…]
 *
 * Runs one shortened match of the demonstration for each kind of lie (`aurelius demo --cheat`), without a watchtower.
 * The page recomputes the match from the chain and says red, somebody with a wallet presses *Prove it to the program*,
 * and has the challenger's share; the demonstration checks that everybody else has theirs. Exit status 0 if so.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser } from "./browser.mjs";
import { aurelius } from "./installation.mjs";
import { outputOf, Processes } from "./processes.mjs";
import { expect, Failure, until, watchForTrouble } from "./scenario.mjs";
import { giveSol, injectWallet, tokensOf } from "./wallet.mjs";

const { values } = parseArgs({
  options: { screenshot: { type: "string" }, kind: { type: "string", default: "hp" } },
});
if (values.screenshot !== undefined) mkdirSync(values.screenshot, { recursive: true });
const DEMO = ["--quick", "--matches", "1", "--headless", "--bots", "6", "--unwatched"];
const ON_FREE_PORTS = ["--port", "0", "--rpc-port", "0"];

/** Recomputes until the lie is on chain; the words of the verdict. */
async function findLie(page, match) {
  const deadline = Date.now() + 90_000;
  for (;;) {
    await page.locator('[data-action="verify"]').click({ timeout: 60_000 });
    const over = (s) => s.match === match && (s.proof.kind === "done" || s.proof.kind === "failed");
    const { proof } = await until(page, "a verdict", 60, over);
    if (proof.verified === false) break;
    if (Date.now() > deadline) throw new Failure("the page finds no lie");
    await page.waitForTimeout(1_000);
  }
  const red = page.locator('.checkpoint[data-verdict="red"]');
  await red.waitFor({ timeout: 10_000 });
  expect((await red.count()) === 1, "not exactly one checkpoint is red");
  return ((await page.locator(".proof-verdict").textContent()) ?? "").trim();
}

async function punish(kind, processes) {
  const demo = aurelius(processes, `demo-${kind}`, ["demo", ...DEMO, ...ON_FREE_PORTS, "--cheat", kind]);
  const browser = await openBrowser({ colorScheme: "dark" });
  const { page, context } = browser;
  try {
    const [, url] = await outputOf(demo, /page\s+(http:\S+)/, 120);
    const [, match] = await outputOf(demo, /^ {2}account\s+(\S{32,44})$/m, 60);
    const { rpc } = await (await fetch(new URL("api/chain", url))).json();
    const trouble = watchForTrouble(page, url);
    await injectWallet(context, { name: "Challenger", chains: ["solana:localnet"] });
    await page.goto(new URL(`match/${match}`, url).href, { waitUntil: "domcontentloaded" });
    const chooser = page.locator(".masthead .wallet-menu");
    await chooser.locator("summary").click();
    await chooser.locator(".wallet-line", { hasText: "Challenger" }).click();
    const { wallet } = await until(page, "a connected wallet", 10, (s) => s.wallet !== null);
    await giveSol(rpc, wallet);
    const words = await findLie(page, match);
    if (values.screenshot !== undefined)
      await page.screenshot({ path: join(values.screenshot, `cheat-${kind}.png`) });
    await page.locator('[data-action="prove-fraud"]').click();
    await page.locator("[data-proven]").waitFor({ timeout: 30_000 });
    const { summary } = await (await fetch(new URL(`api/matches/${match}`, url))).json();
    const share = await tokensOf(rpc, wallet, summary.mint);
    expect(share > 0n, "whoever proved the lie has no share of the bond");
    expect(trouble.length === 0, trouble.join("\n"));
    await outputOf(demo, /caught: ok/, 120);
    console.log(`${kind}: ${words} Punished by one press, which brought ${share}; the others have theirs.`);
  } catch (error) {
    if (values.screenshot !== undefined)
      await page.screenshot({ path: join(values.screenshot, `failure-cheat-${kind}.png`) });
    throw error;
  } finally {
    await browser.close();
  }
}

let status = 0;
const processes = new Processes();
try {
  for (const kind of values.kind.split(",")) await punish(kind, processes);
  console.log("cheat: ok");
} catch (error) {
  status = 1;
  console.error(error instanceof Failure ? `cheat: ${error.message}` : error);
} finally {
  await processes.endAll(values.screenshot);
}
process.exit(status);
