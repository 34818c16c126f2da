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
  await until(page, "a lobby", 60, (s) => s.link === "online" && s.status === "open");
  const play = page.locator('[data-action="play"], [data-action="enter"]').first();
  await play.waitFor({ timeout: 20_000 });
  const count = page.locator(`.warrior-count input[value="${warriors}"]`);
  expect((await count.count()) === 1, `the lobby offers no ${warriors} warriors`);
  await count.check();
  await play.click();
  const seen = await until(page, "a seat", 30, (s) => s.play.seat === "playing");
  await page.locator('.toast[data-stage="confirmed"]').waitFor({ timeout: 15_000 });
  const own = seen.players.find((player) => player.wallet === seen.wallet);
  expect(own !== undefined, "the wallet is not among the match's players");
  return seen.match;
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
  const pixels = [...after.play.keyToPixelMs].sort((a, b) => a - b);
  const median = pixels[Math.floor(pixels.length / 2)];
  return {
    acked: after.play.acked,
    latencyMs: Math.round(after.play.latencyMs),
    keyToPixelMs: Math.round(median),
  };
}

function standing({ play, warriors }) {
  return play.own.filter((index) => warriors[index].hp > 0).length;
}

/** The same match in another tab of the same browser: it watches, and the first goes on. */
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
  const close = page.locator(".result-close");
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

/**
 * Connects a wallet of one's own and enters with it, after it was declined and after it was too poor: each is said in
 * words and costs nothing. `fundWallet(address, mint)` makes it rich.
 */
export async function enterWithWallet(page, wallet, warriors, fundWallet) {
  await until(page, "a lobby", 60, (s) => s.link === "online" && s.status === "open");
  const chooser = page.locator(".masthead .wallet-menu");
  await chooser.locator("summary").click();
  const line = chooser.locator(".wallet-line", { hasText: wallet });
  await line.waitFor({ timeout: 10_000 });
  expect((await chooser.getByText("Other chain").count()) === 0, "a wallet of another chain is offered");
  await line.click();
  const { wallet: own, match } = await until(page, "a connected wallet", 10, (s) => s.wallet !== null);
  await page.locator(`.warrior-count input[value="${warriors}"]`).check();
  const enter = page.locator('[data-action="enter"]');

  await enter.click();
  const failed = page.locator('.toast[data-stage="failed"]');
  await failed.waitFor({ timeout: 10_000 });
  expect(/The wallet has 0/.test((await failed.textContent()) ?? ""), "an empty wallet is not told so");

  const detail = await (await fetch(new URL(`/api/matches/${match}`, page.url()))).json();
  await fundWallet(own, detail.summary.mint);
  await page.evaluate((name) => {
    window.__testWallets[name].reject = true;
  }, wallet);
  await enter.click();
  await page.locator('.toast[data-stage="declined"]').waitFor({ timeout: 10_000 });
  await page.evaluate((name) => {
    window.__testWallets[name].reject = false;
  }, wallet);
  await enter.click();
  await until(page, "a seat", 20, (s) => s.play.seat === "playing");
  return match;
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
