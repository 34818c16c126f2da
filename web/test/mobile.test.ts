import { getWallets } from "@wallet-standard/app";
import { describe, expect, it } from "vitest";
import { reachesWalletApps, registerMobileWallets } from "../src/wallet/mobile";

const ANDROID =
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36";

describe("wallets of phones", () => {
  it.each([
    [ANDROID, true],
    [ANDROID.replace("Pixel 9)", "Pixel 9; wv)"), false],
    ["Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", false],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/156.0 Mobile", false],
    ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36", false],
  ])("%s: %s", (userAgent, reaches) => expect(reachesWalletApps(userAgent)).toBe(reaches));

  it("are not looked for on the local chain, nor at a desk", async () => {
    expect(await registerMobileWallets("solana:localnet", ANDROID)).toBe(false);
    expect(await registerMobileWallets("solana:mainnet", "X11; Linux")).toBe(false);
    expect(getWallets().get()).toEqual([]);
  });
});
