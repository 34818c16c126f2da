/**
 * What a person does on the page to play, as steps that fail with a reason.
 *
 * Works on the page of a relay whose chain is local (`/api/chain`), where the page brings its own wallet.
 */
import { expect, state, until } from "./scenario.mjs";

/** Keys that steer, each the turn of another. */
const ROUND = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"];

/** Opens a lobby that has a free seat, and enters. Answers with the match's address. */
export async function enterLobby(page, warriors) {
  await enterUnseen(page, warriors);
  const seen = await until(page, "a seat", 30, (s) => s.play.seat === "playing");
  const own = seen.players.find((player) => player.wallet === seen.wallet);
  expect(own !== undefined, "the wallet is not among the match's players");
  return seen.match;
}

/** The same, without a seat at the relay. */
export async function enterUnseen(page, warriors) {
  await until(page, "a lobby", 60, (s) => s.link === "online" && s.status === "open");
  const play = page.locator('[data-action="play"], [data-action="enter"]').first();
  await play.waitFor({ timeout: 20_000 });
  const count = page.locator(`.warrior-count input[value="${warriors}"]`);
  expect((await count.count()) === 1, `the lobby offers no ${warriors} warriors`);
  await count.check();
  await play.click();
  await page.locator('.toast[data-stage="confirmed"]').waitFor({ timeout: 30_000 });
  await page.locator('[data-state="entered"]').waitFor({ timeout: 15_000 });
}

export async function waitForBattle(page, match, timeoutS) {
  return until(
    page,
    "the battle",
    timeoutS,
    (s) => s.match === match && s.status === "live" && s.tick > 20 && s.play.own.length > 0,
  );
}

/** Each key turns a warrior of one's own: the arena takes the move, and the figure moves at once. */
export async function checkSteering(page) {
  const before = await state(page);
  expect(before.play.seat === "playing", `the page does not play, it is ${before.play.seat}`);
  for (const key of ROUND) {
    await page.keyboard.press(key);
    await page.waitForTimeout(350);
  }
  const after = await until(
    page,
    "moves that the arena took",
    10,
    (s) => s.play.acked >= before.play.acked + 2 || standing(s) === 0,
  );
  if (standing(after) === 0) return { acked: after.play.acked, latencyMs: "?", keyToPixelMs: "?" };
  expect(after.play.rejected === before.play.rejected, `${after.play.rejected} moves were refused`);
  const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const frames = middle(after.play.keyToPixelFrames);
  expect(frames <= 1, `a key shows after ${frames} drawings, not in the next one`);
  const median = middle(after.play.keyToPixelMs);
  return {
    acked: after.play.acked,
    latencyMs: Math.round(after.play.latencyMs),
    keyToPixelMs: Math.round(median),
  };
}

function standing({ play, warriors }) {
  return play.own.filter((index) => warriors[index].hp > 0).length;
}

/** The same match in another tab of the same browser: it watches, and stops when hidden; the first goes on. */
export async function checkSecondTab(context, page, match) {
  const tab = await context.newPage();
  await tab.goto(page.url(), { waitUntil: "domcontentloaded" });
  await until(
    tab,
    "the second tab to step back",
    15,
    (s) => s.match === match && s.play.seat === "elsewhere",
  );
  const first = await state(page);
  expect(first.play.seat === "playing", "the second tab took the match from the first");
  await checkHidden(tab);
  await tab.close();
  await page.bringToFront();
}

/** A reload in the middle of the battle: the same entry is played on. */
export async function reloadInBattle(page) {
  const before = await state(page);
  await page.reload({ waitUntil: "domcontentloaded" });
  await until(
    page,
    "the seat after a reload",
    20,
    (s) => s.match === before.match && s.play.seat === "playing" && s.play.own.length > 0,
  );
}

/** Has the page recompute the match, and wants green. */
export async function checkProof(page, match) {
  const close = page.getByRole("button", { name: "Look at the arena" });
  if (await close.isVisible()) await close.click();
  await page.locator('[data-action="verify"]').click();
  const seen = await until(
    page,
    "a verdict",
    60,
    (s) => s.match === match && (s.proof.kind === "done" || s.proof.kind === "failed"),
  );
  const text = (await page.locator(".proof").textContent()) ?? "";
  expect(seen.proof.verified === true, `the page does not prove the match: ${text}`);
  expect(
    seen.proof.agreeing === seen.checkpoints.known,
    `${seen.proof.agreeing} of ${seen.checkpoints.known} checkpoints are green`,
  );
  return ((await page.locator(".proof-verdict").textContent()) ?? "").trim();
}

/** Chooses `wallet` in the masthead's list. */
async function chooseWallet(page, wallet) {
  const chooser = page.locator(".masthead .wallet-menu");
  if ((await chooser.getAttribute("open")) === null) await chooser.locator("summary").click();
  await chooser.locator(".wallet-line", { hasText: wallet }).click({ timeout: 10_000 });
}

/** Connects `wallet`, which the page has in its list. */
export async function connectWallet(page, wallet) {
  await chooseWallet(page, wallet);
  return until(page, "a connected wallet", 10, (s) => s.wallet !== null);
}

/** Opens the connected wallet's menu. */
async function openWallet(page) {
  const menu = page.locator(".masthead .wallet-menu");
  if ((await menu.getAttribute("open")) === null) await menu.locator("summary").click();
  return menu;
}

/** Connects `wallet` and makes it known to the relay by a signature. */
export async function signIn(page, wallet) {
  await connectWallet(page, wallet);
  const menu = await openWallet(page);
  await menu.locator('[data-sign-in="out"]').click();
  await until(page, "a sign-in", 15, (s) => s.signIn === "in");
  await menu.locator('[data-sign-in="in"]').waitFor({ timeout: 5_000 });
  await menu.locator("summary").click();
}

/** A wallet that signs no messages is told that it needs none. */
export async function checkSignsNothing(page) {
  const menu = await openWallet(page);
  await menu.locator('[data-sign-in="impossible"]').waitFor({ timeout: 5_000 });
  await menu.locator("summary").click();
}

/** The wallet's entry, made in another browser, is played from this one. The relay hears of it at the lock. */
export async function moveHere(page) {
  await page.locator('[data-state="entered-elsewhere"]').waitFor({ timeout: 30_000 });
  await page.locator('[data-action="move-here"]').click({ timeout: 30_000 });
  await page.locator('.toast[data-stage="confirmed"]', { hasText: "from here" }).waitFor({ timeout: 20_000 });
  await page.locator('[data-state="entered"]').waitFor({ timeout: 10_000 });
}

/** A relay that names another chain than its RPC serves: the page says so, and offers no entry. */
export async function checkForeignChain(page, lobby) {
  const here = await (await fetch(new URL("/api/chain", lobby))).json();
  const foreign = { ...here, genesis_hash: "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY" };
  await page.route("**/api/chain", (route) => route.fulfill({ json: foreign }));
  await page.goto(lobby, { waitUntil: "domcontentloaded" });
  await page.getByText("the RPC serves another chain than the relay").waitFor({ timeout: 20_000 });
  const ways = page.locator('[data-action="enter"], [data-action="play"]');
  expect((await ways.count()) === 0, "a match of another chain can be entered");
  await page.unroute("**/api/chain");
}

/** Presses *Enter* and waits for the end that is expected; the words of the page about it. */
async function enterInVain(page, stage) {
  await page.locator('[data-action="enter"]').click();
  const toast = page.locator(`.toast[data-stage="${stage}"]`);
  await toast.waitFor({ timeout: 10_000 });
  const words = (await toast.textContent()) ?? "";
  await toast.locator(".toast-close").click();
  return words;
}

/** The switches of a wallet that was injected. */
function turn(page, wallet, switches) {
  return page.evaluate(
    ([name, values]) => Object.assign(window.__testWallets[name], values),
    [wallet, switches],
  );
}

/**
 * Connects a wallet of one's own and enters with it, after everything that can be wrong was wrong: accounts of another
 * chain, no tokens, no SOL, the wallet set to another network, a rejected signature. Each is said in words and costs
 * nothing. `giveTokens(address, mint)` and `giveSol(address)` make it rich. Answers with the match.
 */
export async function enterWithWallet(page, wallet, warriors, { giveTokens, giveSol }) {
  await until(page, "a lobby", 60, (s) => s.link === "online" && s.status === "open");
  const wrong = page.locator(".masthead .entry-error");
  await chooseWallet(page, "Wrong account");
  await wrong.waitFor({ timeout: 5_000 });
  expect(
    /another network/.test((await wrong.textContent()) ?? ""),
    "an account of another chain is not refused",
  );
  const offered = page.locator(".masthead .wallet-line", { hasText: "Other chain" });
  expect((await offered.count()) === 0, "a wallet of another chain is offered");
  await chooseWallet(page, wallet);
  const { wallet: own, match } = await until(page, "a connected wallet", 10, (s) => s.wallet !== null);
  await page.locator(`.warrior-count input[value="${warriors}"]`).check();

  expect(
    /The wallet has 0/.test(await enterInVain(page, "failed")),
    "a wallet without tokens is not told so",
  );
  const detail = await (await fetch(new URL(`/api/matches/${match}`, page.url()))).json();
  await giveTokens(own, detail.summary.mint);
  expect(/0 SOL/.test(await enterInVain(page, "failed")), "a wallet without SOL is not told so");
  await giveSol(own);
  await turn(page, wallet, { elsewhere: true });
  expect(
    /another network/.test(await enterInVain(page, "failed")),
    "a wallet that is set to another network is not told so",
  );
  await turn(page, wallet, { elsewhere: false, reject: true });
  expect(/declined/.test(await enterInVain(page, "declined")), "a rejected signature is not said");
  await turn(page, wallet, { reject: false });
  await page.locator('[data-action="enter"]').click();
  await until(page, "a seat", 20, (s) => s.play.seat === "playing");
  return match;
}

/** Out of an open lobby again, by its button. */
export async function leaveLobby(page) {
  await page.locator(".entry-form .button", { hasText: "Leave" }).click({ timeout: 20_000 });
  await page.locator('.toast[data-stage="confirmed"]', { hasText: "Leave" }).waitFor({ timeout: 20_000 });
  await until(page, "an empty seat", 20, (s) => s.play.seat === "watching");
  await page.locator('[data-action="enter"]').waitFor({ timeout: 20_000 });
}

/** A tab that only watches stops following when it is hidden, and goes on when it is shown. */
async function checkHidden(tab) {
  const hide = (hidden) =>
    tab.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await until(tab, "ticks in the second tab", 20, (s) => s.ticksReceived > 10);
  await hide(true);
  await tab.waitForTimeout(500);
  const before = await state(tab);
  await tab.waitForTimeout(1_500);
  const after = await state(tab);
  const missed = after.ticksReceived - before.ticksReceived;
  expect(missed === 0, `a hidden tab that watches receives ${missed} ticks in 1.5 s`);
  await hide(false);
  await until(tab, "ticks after the tab is shown", 10, (s) => s.ticksReceived > after.ticksReceived + 30);
}

/** The network goes and comes back: the page says so, and plays on. */
export async function loseNetwork(context, page) {
  const before = await state(page);
  await context.setOffline(true);
  await page.waitForTimeout(500);
  const cut = await state(page);
  await page.waitForTimeout(2_000);
  const missed = (await state(page)).ticksReceived - cut.ticksReceived;
  expect(missed === 0, `${missed} ticks came over a network that is gone`);
  await context.setOffline(false);
  await playsOn(page, before, 30);
}

/** After whatever was lost: the same match, the same seat, and new ticks. */
export function playsOn(page, before, timeoutS) {
  return until(
    page,
    "the seat and new ticks",
    timeoutS,
    (s) =>
      s.match === before.match &&
      s.link === "online" &&
      s.play.seat === "playing" &&
      (s.over || s.tick > before.tick + 120),
  );
}

/** A finger on the arena steers, where the stick appears under it. */
export async function checkTouch(page) {
  const before = await state(page);
  const room = await page.locator(".stick-room").boundingBox();
  const session = await page.context().newCDPSession(page);
  const x = room.x + room.width / 2;
  const y = room.y + room.height / 2;
  const touch = (type, touchPoints) => session.send("Input.dispatchTouchEvent", { type, touchPoints });
  await touch("touchStart", [{ x, y }]);
  await touch("touchMove", [{ x: x + 40, y }]);
  await page.locator(".stick").waitFor({ timeout: 2_000 });
  await page.waitForTimeout(300);
  await touch("touchMove", [{ x, y: y + 40 }]);
  await page.waitForTimeout(300);
  await touch("touchEnd", []);
  await until(page, "moves by touch", 10, (s) => s.play.acked > before.play.acked || standing(s) === 0);
}
