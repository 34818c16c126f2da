/** Two people play a match for money on the page, from the lobby to the payout and the proof. */
import { openBrowser } from "./browser.mjs";
import { checkNothingLost, listenForAcks } from "./moves.mjs";
import {
  checkForeignChain,
  checkProof,
  checkSecondTab,
  checkSignsNothing,
  checkSteering,
  checkTouch,
  connectWallet,
  enterLobby,
  enterUnseen,
  enterWithWallet,
  leaveLobby,
  loseNetwork,
  moveHere,
  playsOn,
  reloadInBattle,
  signIn,
  waitForBattle,
} from "./playing.mjs";
import { checkMovement, checkOutcome, checkPanels, expect, state, watchForTrouble } from "./scenario.mjs";
import { giveSol, giveTokens, injectWallet, tokensOf, walletKeys } from "./wallet.mjs";

const STAKE = 10;
const WARRIORS = 4;
const TOKENS = 1_000_000_000n;

export class WholeMatch {
  static async begin(installation, say, picture) {
    const made = new WholeMatch();
    Object.assign(made, { installation, say, picture });
    const desk = await openBrowser({ colorScheme: "dark" });
    const phone = await openBrowser({ width: 390, height: 844, scale: 2, mobile: true, colorScheme: "dark" });
    made.desk = { browser: desk, page: desk.page };
    made.phone = { browser: phone, page: phone.page };
    made.pages = [made.desk, made.phone];
    return made;
  }

  async play(restartOperator) {
    const { installation, say, picture } = this;
    const { page } = this.desk;
    const trouble = watchForTrouble(page, installation.url);
    const acked = listenForAcks(page);
    const match = await this.enter();
    await waitForBattle(page, match, 90);
    await this.battle(match, restartOperator);
    const outcome = await checkOutcome(page, installation.url, match, 180);
    say(`ended and settled: pot ${outcome.pot}, ${outcome.paid} paid, ${outcome.checkpoints} checkpoints`);
    await picture(page, "result");
    await this.checkPaid(match);
    say(`proved in the browser: ${await checkProof(page, match)}`);
    await picture(page, "proof");
    say(`all ${await checkNothingLost(installation.rpc, match, acked)} acked moves are on chain`);
    // An operator that restarts is not there for a moment, and the page asks again.
    expect(trouble.length === 0, trouble.join("\n"));
  }

  /** Into the lobby, out of it, and in again; the phone after that, so that the battle begins. */
  async enter() {
    const { installation, say, picture } = this;
    const { rpcUrl, mint } = installation;
    const { page, browser } = this.desk;
    const localnet = ["solana:localnet"];
    await injectWallet(browser.context, { name: "Other chain", chains: ["solana:mainnet"] });
    await injectWallet(browser.context, {
      name: "Wrong account",
      chains: localnet,
      accountChains: ["solana:mainnet"],
    });
    const keys = walletKeys();
    await injectWallet(browser.context, { name: "Test wallet", chains: localnet, keys });
    const lobby = await installation.lobby(STAKE);
    const address = new URL(`match/${lobby}`, installation.url).href;
    await checkForeignChain(page, address);
    await page.goto(address, { waitUntil: "domcontentloaded" });
    const match = await enterWithWallet(page, "Test wallet", WARRIORS, {
      giveTokens: (owner) => giveTokens(rpcUrl, owner, mint, TOKENS),
      giveSol: (owner) => giveSol(rpcUrl, owner),
    });
    say(`entered with ${WARRIORS} warriors, after every failure was said in words`);
    const { wallet } = await state(page);
    await leaveLobby(page);
    const back = await tokensOf(rpcUrl, wallet, mint);
    expect(back === TOKENS, `${back} of ${TOKENS} are back after leaving`);
    await this.enterElsewhere(match, keys);
    await moveHere(page);
    await picture(page, "lobby");
    await checkSignsNothing(page);
    say("entered again in another browser, and moved from there; a wallet that signs no messages needs none");
    const phone = this.phone.page;
    await phone.goto(new URL(`match/${match}`, installation.url).href, { waitUntil: "domcontentloaded" });
    await signIn(phone, "Burner");
    await picture(phone, "signed-in");
    await enterLobby(phone, 1);
    expect((await state(phone)).signIn === "in", "the wallet is signed out by entering");
    say("signed in and entered on a phone with a wallet made there");
    this.purses = await Promise.all(
      this.pages.map(async ({ page }) => {
        const { wallet } = await state(page);
        return { wallet, page, tokens: await tokensOf(rpcUrl, wallet, mint) };
      }),
    );
    return match;
  }

  /** The same wallet enters in another browser, whose key is then gone. */
  async enterElsewhere(match, keys) {
    const browser = await openBrowser();
    const { page } = browser;
    try {
      await injectWallet(browser.context, { name: "Test wallet", chains: ["solana:localnet"], keys });
      await page.goto(new URL(`match/${match}`, this.installation.url).href, {
        waitUntil: "domcontentloaded",
      });
      await connectWallet(page, "Test wallet");
      // The relay has the key of the entry before, and hears of this one at the lock.
      await enterUnseen(page, WARRIORS);
    } catch (error) {
      await this.picture(page, "failure-elsewhere");
      throw error;
    } finally {
      await browser.close();
    }
  }

  async battle(match, restartOperator) {
    const { say, picture } = this;
    const { page, browser } = this.desk;
    const first = await checkSteering(page);
    await checkMovement(page);
    await checkPanels(page);
    say(
      `steered: ${first.acked} moves taken, ${first.latencyMs} ms to the ack, ${first.keyToPixelMs} ms to the pixel`,
    );
    await picture(page, "playing");
    await checkTouch(this.phone.page);
    await picture(this.phone.page, "phone");
    await checkSecondTab(browser.context, page, match);
    say("steered on the phone by touch; a second tab watches, and follows nothing while hidden");
    await reloadInBattle(page);
    await checkSteering(page);
    say("played on after a reload");
    await loseNetwork(browser.context, page);
    await checkSteering(page);
    say("played on after the network was gone");
    const before = await state(page);
    await restartOperator();
    await playsOn(page, before, 60);
    expect(!(await state(page)).over, "the operator was restarted after the battle's end");
    await checkSteering(page);
    say("played on after the operator was restarted");
  }

  /** One of the two has won, has seen it, and has the money. */
  async checkPaid(match) {
    const { installation, say } = this;
    const { result, players, summary } = await (
      await fetch(new URL(`api/matches/${match}`, installation.url))
    ).json();
    expect(result !== null, "the relay has no result");
    for (const { wallet, page, tokens } of this.purses) {
      const { payout } = players.find((player) => player.wallet === wallet);
      const now = await tokensOf(installation.rpcUrl, wallet, installation.mint);
      const expected = tokens + BigInt(payout ?? 0);
      expect(now === expected, `a wallet has ${now} and should have ${expected} after ${summary.match}`);
      const words = (await page.locator(".own-outcome").textContent({ timeout: 10_000 })) ?? "";
      const said = BigInt(payout ?? 0) > 0n ? /You get/ : /is lost/;
      expect(said.test(words), `the page of a player does not say what they get: ${words}`);
      expect(/signed it/.test(words), `the page did not sign the result: ${words}`);
    }
    say("both pages signed the result, and the winner has the money");
  }
}
