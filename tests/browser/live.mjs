/**
 * The page against a chain, an operator and people, in real processes: everything that money depends on.
 *
 *   node live.mjs [--screenshot DIR] [--only match,exits]
 *
 * One start-up serves two stories that run at the same time. *match*: two people enter, one at a desk with a wallet that
 * signs, one on a phone with the page's own; they play through a second tab, a reload, a lost network and a restart of
 * the operator; the page signs the result, the winner is paid, and the browser proves the match. *exits*: two more are in
 * matches of every state when the operator is killed, and get all their money out with a press each.
 *
 * Needs target/debug/aurelius, web/dist and sdk/dist. Exit status 0 when everything was seen.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { enterEverything, leaveEverything, Person } from "./exits.mjs";
import { Installation } from "./installation.mjs";
import { Failure } from "./scenario.mjs";
import { WholeMatch } from "./whole-match.mjs";

const OFFERS = ["--blitz", "10,20,30", "--lock-grace", "4s", "--countdown", "2s", "--tick-threads", "1"];

const { values } = parseArgs({
  options: { screenshot: { type: "string" }, only: { type: "string", default: "match,exits" } },
});
const stories = values.only.split(",");
if (values.screenshot !== undefined) mkdirSync(values.screenshot, { recursive: true });
const began = Date.now();
const say = (text) =>
  console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${text}`);

/** All at once; the first failure is told before the others are waited for. */
async function together(...all) {
  for (const one of all) one.catch((error) => say(`FAILED  ${error.message}`));
  await Promise.all(all);
}

let status = 0;
const installation = await Installation.start({ slotMs: 400 });
const people = [];
const picture = async (page, name) => {
  if (values.screenshot !== undefined)
    await page.screenshot({ path: join(values.screenshot, `${name}.png`) }).catch(() => undefined);
};
try {
  await installation.operate(OFFERS);
  say(`the operator serves ${installation.url}`);
  const restart = async () => {
    await installation.stopOperator("SIGTERM");
    await installation.operate(OFFERS);
  };
  const match = async () => {
    const whole = await WholeMatch.begin(installation, say, picture);
    people.push(...whole.pages);
    await whole.play(restart);
  };
  const exits = async (otherStories) => {
    const pair = await Promise.all(["Ann", "Ben"].map((name) => Person.arrive(name, installation)));
    people.push(...pair);
    const proposed = await installation.lobby(20);
    // Idle as they are, of one warrior each both could fall on the same tick, and share.
    await Promise.all(pair.map((person, index) => person.enter(proposed, 1 + 4 * index)));
    say("Ann and Ben have entered their first match");
    const matches = await enterEverything(installation, pair, { proposed, otherStories });
    await installation.stopOperator("SIGKILL");
    say("the operator is killed");
    await picture(pair[0].page, "my-matches");
    const pressed = await leaveEverything(installation, pair, matches);
    await picture(pair[0].page, "my-matches-done");
    say(`everything is out, a press each: ${pressed}`);
  };
  const first = stories.includes("match") ? match() : Promise.resolve();
  await together(first, stories.includes("exits") ? exits(first) : Promise.resolve());
  say("live: ok");
} catch (error) {
  status = 1;
  console.error(error instanceof Failure ? `live: ${error.message}` : error);
  for (const [index, { page }] of people.entries()) await picture(page, `failure-${index}`);
} finally {
  for (const { browser } of people) await browser.close().catch(() => undefined);
  await installation.end(values.screenshot);
}
process.exit(status);
