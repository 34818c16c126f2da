/**
 * Every way out of a match, by one press each on *My matches*, after the operator is gone.
 *
 * Two people with wallets of their own enter matches so that, when the operator is killed, one is open, one is locked,
 * one is live and one has a result that nobody signed.
 */
import { openBrowser } from "./browser.mjs";
import { expect, Failure, until } from "./scenario.mjs";
import { fund, injectWallet, tokensOf } from "./wallet.mjs";

const WALLET = "Test wallet";
/** More than any stake of the test. */
const TOKENS = 1_000_000_000n;
/** Longer than every window of the local chain's escrow (`demo_windows` in cli/src/chain/setup.rs). */
const ALL_WINDOWS_SLOTS = 1_600;
/** Slow slots while the last match is entered and locked, so that no window passes meanwhile. */
const SLOW_SLOT_MS = 1_500;
const SLOT_MS = 400;

/** A person with a browser, a wallet that signs, SOL and tokens. */
export class Person {
  static async arrive(name, installation) {
    const made = new Person();
    made.name = name;
    made.installation = installation;
    made.browser = await openBrowser({ colorScheme: "dark" });
    made.page = made.browser.page;
    await injectWallet(made.browser.context, { name: WALLET, chains: ["solana:localnet"] });
    await made.page.goto(new URL("my", installation.url).href, { waitUntil: "domcontentloaded" });
    const chooser = made.page.locator("main .wallet-menu");
    await chooser.locator("summary").click();
    await chooser.locator(".wallet-line", { hasText: WALLET }).click();
    made.wallet = (await until(made.page, "a connected wallet", 10, (s) => s.wallet !== null)).wallet;
    await fund(installation.rpcUrl, made.wallet, installation.mint, TOKENS);
    return made;
  }

  async enter(match, warriors = 1) {
    const { page, installation } = this;
    await page.goto(new URL(`match/${match}`, installation.url).href, { waitUntil: "domcontentloaded" });
    await page.locator(`.warrior-count input[value="${warriors}"]`).check({ timeout: 20_000 });
    await page.locator('[data-action="enter"]').click();
    await until(page, `${this.name}'s seat`, 30, (s) => s.match === match && s.play.seat === "playing");
    await this.goHome();
  }

  /** To *My matches*: who is there follows no match, and signs no result. */
  async goHome() {
    await this.page.goto(new URL("my", this.installation.url).href, { waitUntil: "domcontentloaded" });
    await this.page.locator("main .claims, main .page-note").first().waitFor({ timeout: 20_000 });
  }

  card(match) {
    return this.page.locator(".claim-card", { has: this.page.locator(`a[href$="/match/${match}"]`) });
  }

  /** What the page says of `match` once it shows it in `status`. */
  async says(match, status) {
    const card = this.card(match).and(this.page.locator(`[data-status="${status}"]`));
    return ((await card.textContent({ timeout: 20_000 })) ?? "").trim();
  }

  /** Presses `action` at `match`; answers what the wallet has gained by it, once the chain has confirmed. */
  async press(action, match) {
    const { page, installation, wallet } = this;
    const before = await tokensOf(installation.rpcUrl, wallet, installation.mint);
    const close = page.locator(".toast-close");
    if (await close.isVisible()) await close.click();
    await this.card(match).locator(`[data-action="${action}"]`).click({ timeout: 20_000 });
    const over = page.locator(
      '.toast:is([data-stage="confirmed"], [data-stage="failed"], [data-stage="unknown"])',
    );
    await over.waitFor({ timeout: 30_000 });
    const stage = await over.getAttribute("data-stage");
    if (stage !== "confirmed")
      throw new Failure(`${this.name} presses ${action}: ${(await over.textContent()) ?? ""}`);
    await page.locator(`.claim-card:has(a[href$="/match/${match}"]) [data-action="${action}"]`).waitFor({
      state: "detached",
      timeout: 20_000,
    });
    return (await tokensOf(installation.rpcUrl, wallet, installation.mint)) - before;
  }
}

/**
 * Enters what must be in every state when the operator dies; answers with the matches by their state. `proposed` runs
 * already. The last is entered when `otherStories` are over, so that the operator can be killed at once.
 */
export async function enterEverything(installation, [ann, ben], { proposed, otherStories }) {
  const both = (match) => Promise.all([ann.enter(match), ben.enter(match)]);
  await installation.reaches(proposed, ["proposed"], 200);
  await installation.call("localnet_setSlotTime", [SLOW_SLOT_MS]);
  const live = await installation.lobby(20, [proposed]);
  await both(live);
  await installation.reaches(live, ["live"], 90);
  const [open, other] = [await installation.lobby(20, [proposed, live]), await installation.lobby(10)];
  await Promise.all([ann.enter(open), ben.enter(other)]);
  await otherStories;
  const locked = await installation.lobby(30);
  await both(locked);
  await installation.reaches(locked, ["locked"], 90);
  return { proposed, live, open, other, locked };
}

/** With the operator dead: says what is owed and from when on, and gets it, a press for each. Answers what was pressed. */
export async function leaveEverything(installation, [ann, ben], matches) {
  const { proposed, live, open, other, locked } = matches;
  const stake = (tokens) => BigInt(tokens) * 1_000_000n;
  const gained = (what, found, least) =>
    expect(found >= least, `${what} brought ${found} of the smallest unit, and ${least} were owed`);
  for (const [match, status] of [
    [live, "live"],
    [locked, "locked"],
  ]) {
    const words = await ann.says(match, status);
    expect(/you can act in about \d+ (s|min)/.test(words), `nothing is said of when: ${words}`);
  }
  expect(/Owed to you: 20/.test(await ann.says(open, "open")), "an open match does not say what is owed");
  gained("leaving", await ann.press("leave", open), stake(20));

  await installation.call("localnet_setSlotTime", [SLOT_MS]);
  await installation.call("localnet_warpSlots", [ALL_WINDOWS_SLOTS]);
  gained("cancelling", await ben.press("cancel", other), stake(10));
  // Whoever gives the match up frees everybody's stake, and the operator's bond with it.
  gained("voiding a live match", await ann.press("void", live), stake(20));
  gained("voiding a locked match", await ben.press("void", locked), stake(30));
  gained("the refund of a live match", await ben.press("refund", live), stake(20));
  gained("the refund of a locked match", await ann.press("refund", locked), stake(30));

  const { data } = await installation.reaches(proposed, ["proposed"], 5);
  const payout = ({ wallet }) => data.slots.find(({ player }) => player === wallet).payout;
  const [loser, winner] = payout(ann) < payout(ben) ? [ann, ben] : [ben, ann];
  for (const [person, action] of [
    [loser, "finalize"],
    [winner, "claim"],
  ]) {
    const found = await person.press(action, proposed);
    expect(found === payout(person), `${action} brought ${found}, and the result gives ${payout(person)}`);
  }
  expect(payout(winner) > stake(20), "nobody has won anything");
  return "leave, cancel, void twice, refund twice, finalise, claim";
}
