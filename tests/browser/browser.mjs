/**
 * Starts Debian's Chromium with nothing but what the test needs: a new profile, no background
 * traffic, no sandbox (tests run as root in containers).
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
];

/** A persistent context in an empty profile; `close()` removes it. */
export async function openBrowser({
  width = 1440,
  height = 900,
  scale = 1,
  mobile = false,
  reducedMotion = "no-preference",
  colorScheme = "light",
} = {}) {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(
      `no Chromium at ${PLACES.join(", ")}: apt-get install chromium, or set CHROMIUM=/path/to/chromium`,
    );
  }
  const profile = mkdtempSync(join(tmpdir(), "aurelius-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: FLAGS,
    viewport: { width, height },
    deviceScaleFactor: scale,
    isMobile: mobile,
    hasTouch: mobile,
    reducedMotion,
    colorScheme,
  });
  return {
    context,
    page: context.pages()[0] ?? (await context.newPage()),
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
