/**
 * What a person would check while watching a match, as steps that fail with a reason.
 *
 * Reads the page as it is drawn (texts, links, pixels) and, where pixels say too little, through
 * `window.__aurelius` (web/README.md). Works against any relay.
 */

/** Something the page should have shown and did not. */
export class Failure extends Error {
  name = "Failure";
}

export function expect(holds, what) {
  if (!holds) throw new Failure(what);
}

export function state(page) {
  return page.evaluate(() => window.__aurelius?.state());
}

/** Waits until `holds(state)`; `what` completes "waited N s for". */
export async function until(page, what, timeoutS, holds) {
  const deadline = Date.now() + timeoutS * 1000;
  for (;;) {
    const seen = await state(page);
    if (seen !== undefined && holds(seen)) return seen;
    if (Date.now() > deadline) {
      const { warriors: _warriors, players: _players, ...rest } = seen ?? {};
      throw new Failure(`waited ${timeoutS} s for ${what}; the page says ${JSON.stringify(rest)}`);
    }
    await page.waitForTimeout(150);
  }
}

/** Where the page looks for a local chain that no relay names. */
export const USUAL_CHAIN = { rpc: "http://127.0.0.1:8899" };

/**
 * Collects what must not happen: script errors, refused content, requests to other hosts than the relay and the
 * RPC that it names.
 */
export function watchForTrouble(page, baseUrl) {
  const trouble = [];
  const home = new URL(baseUrl).host;
  const chain = fetch(new URL("api/chain", baseUrl))
    .then((response) => (response.ok ? response.json() : USUAL_CHAIN))
    .catch(() => USUAL_CHAIN);
  page.on("pageerror", (error) => trouble.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (/Content Security Policy|Refused to/.test(text)) trouble.push(`refused: ${text}`);
    if (text.startsWith("aurelius: ") && message.type() === "error") trouble.push(text);
  });
  page.on("request", async (request) => {
    const url = new URL(request.url());
    if (!url.protocol.startsWith("http") || url.host === home) return;
    if (url.host !== new URL((await chain).rpc).host) trouble.push(`asked another host: ${url.host}`);
  });
  return trouble;
}

/** Opens the page and waits for a live match that it picked by itself. Returns the match's address. */
export async function openLiveMatch(page, baseUrl, timeoutS) {
  await page.goto(baseUrl, { waitUntil: "domcontentloaded" }).catch((error) => {
    throw new Failure(`${baseUrl} cannot be opened: ${error.message.split("\n")[0]}`);
  });
  const seen = await until(
    page,
    "a live match",
    timeoutS,
    (s) => s.link === "online" && s.status === "live" && s.ticksReceived > 30,
  );
  const link = page.locator(`a.entry[data-match="${seen.match}"]`);
  expect((await link.count()) === 1, `the list of matches has no entry for ${seen.match}`);
  // Choosing it keeps the page from moving on to the next match.
  await link.click();
  await until(page, "the chosen match", 10, (s) => s.match === seen.match && s.status === "live");
  return seen.match;
}

/** The arena is drawn, and warriors change their cells and their drawn places. */
export async function checkMovement(page, timeoutS = 20) {
  const first = await until(
    page,
    "warriors in the arena",
    timeoutS,
    (s) => s.warriors.length > 1 && s.tick > 0,
  );
  const colours = await page.evaluate(() => {
    const canvas = document.querySelector("canvas.arena");
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4 * 97)
      seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    return seen.size;
  });
  expect(colours > 20, `the canvas shows only ${colours} colours: nothing is drawn`);
  const moved = await until(
    page,
    "a second in which a warrior moves",
    timeoutS,
    (s) =>
      s.tick >= first.tick + 60 &&
      s.warriors.some((warrior, index) => {
        const before = first.warriors[index];
        const walked = before !== undefined && (warrior.x !== before.x || warrior.y !== before.y);
        return (
          walked &&
          warrior.drawn !== null &&
          (warrior.drawn.x !== before.drawn?.x || warrior.drawn.y !== before.drawn?.y)
        );
      }),
  );
  const walkers = moved.warriors.filter(
    (warrior, index) => warrior.x !== first.warriors[index]?.x || warrior.y !== first.warriors[index]?.y,
  );
  return { ticks: moved.tick - first.tick, walkers: walkers.length, colours };
}

/** Timer, phase, pot, players and station are on the page as text. */
export async function checkPanels(page) {
  const text = async (selector) => ((await page.locator(selector).first().textContent()) ?? "").trim();
  expect(/^\d+:\d\d$/.test(await text('[data-gauge="time"] .gauge-value')), "the timer shows no time");
  expect((await text('[data-gauge="phase"] .gauge-value')) !== "", "the phase is empty");
  expect(/\d/.test(await text('[data-gauge="pot"] .gauge-value')), "the pot shows no amount");
  const seen = await state(page);
  const rows = await page.locator(".standing").count();
  expect(
    rows === seen.players.length && rows >= 2,
    `${rows} rows in the standings for ${seen.players.length} players`,
  );
  const station = page.locator('.lifecycle [aria-current="step"]');
  expect((await station.count()) === 1, "no station of the match is marked");
}

/** Waits for the end and compares result, payouts and checkpoints with what the relay's HTTP says. */
export async function checkOutcome(page, baseUrl, match, timeoutS) {
  await until(page, "the end of the battle", timeoutS, (s) => s.match === match && s.over);
  await page.locator('[data-panel="result"]').waitFor({ state: "visible", timeout: 10_000 });
  await until(
    page,
    "payouts and their transactions",
    timeoutS,
    (s) => s.match === match && s.status === "settled" && s.complete,
  );

  const response = await fetch(new URL(`/api/matches/${match}`, baseUrl));
  expect(response.ok, `/api/matches/${match} answers ${response.status}`);
  const detail = await response.json();
  const { pot, fee, burn } = detail.result;
  const paid = detail.players.filter((player) => player.payout !== null && player.payout !== "0");
  const inPot = paid.filter((player) => !player.refunded);
  const sum = inPot.reduce((total, player) => total + BigInt(player.payout), 0n) + BigInt(fee) + BigInt(burn);
  expect(sum === BigInt(pot), `payouts, fee and burn are ${sum}, the pot is ${pot}`);

  const rows = page.locator('[data-panel="result"] .payout-row');
  await page.waitForTimeout(400);
  expect(
    (await rows.count()) === paid.length,
    `${await rows.count()} payouts on the page, ${paid.length} at the relay`,
  );
  for (const player of paid) {
    const row = rows
      .filter({ has: page.locator(`[title="${player.claimed_in}"]`) })
      .filter({ has: page.locator(`[title="${player.wallet}"]`) });
    expect((await row.count()) === 1, `the payout of ${player.wallet} has no claim transaction on the page`);
    const money = (await row.locator(".payout").textContent()) ?? "";
    const shown = plainAmount(money);
    const owed = plainAmount(decimalText(player.payout, detail.summary.decimals));
    expect(shown === owed, `the page shows ${money} for ${player.wallet}, the relay says ${owed}`);
  }

  const posted = detail.checkpoints.filter((checkpoint) => checkpoint.posted_in !== null);
  expect(
    posted.length > 0 && posted.length === detail.checkpoints.length,
    `${posted.length} of ${detail.checkpoints.length} checkpoints are on chain`,
  );
  const shown = page.locator('.checkpoint[data-state="landed"]');
  expect(
    (await shown.count()) === posted.length,
    `${await shown.count()} checkpoints on the page, ${posted.length} on chain`,
  );
  for (const checkpoint of [posted[0], posted[posted.length - 1]]) {
    for (const text of [checkpoint.digest, checkpoint.posted_in]) {
      expect(
        (await page.locator(`.checkpoint [title="${text}"]`).count()) === 1,
        `checkpoint ${checkpoint.index}: ${text} is not on the page`,
      );
    }
  }
  return { paid: paid.length, checkpoints: posted.length, pot: decimalText(pot, detail.summary.decimals) };
}

function decimalText(amount, decimals) {
  const digits = amount.padStart(decimals + 1, "0");
  return `${digits.slice(0, digits.length - decimals)}.${digits.slice(digits.length - decimals)}`;
}

/** Digits and point of an amount, without grouping, unit and idle zeros. */
function plainAmount(text) {
  const bare = (/^[\d\s.]+/u.exec(text)?.[0] ?? "").replace(/\s/gu, "");
  return bare.includes(".") ? bare.replace(/0+$/, "").replace(/\.$/, "") : bare;
}
