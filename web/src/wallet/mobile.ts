/**
 * Wallets of phones, by the Mobile Wallet Adapter.
 *
 * On Android a page reaches the wallet app through a local socket; the adapter shows itself as one more wallet of the
 * Wallet Standard. It weighs more than half of the page, so only browsers that can use it fetch it. Absent: iOS, where
 * wallets bring a browser of their own, and the local chain, which no phone's wallet knows.
 */
import type { WalletChain } from "../chain/info";
import { relayUrl } from "../route";

/** Whether a browser with this user agent can reach wallet apps: Chromium on Android, and no app's own view. */
export function reachesWalletApps(userAgent: string): boolean {
  return /Android/.test(userAgent) && /Chrome\/\d/.test(userAgent) && !/; wv\)|Firefox|OPR\//.test(userAgent);
}

/** Offers the phone's wallet apps, where there can be any. */
export async function registerMobileWallets(
  chain: WalletChain,
  userAgent = navigator.userAgent,
): Promise<boolean> {
  if (chain === "solana:localnet" || !reachesWalletApps(userAgent)) return false;
  const mobile = await import("@solana-mobile/wallet-standard-mobile");
  mobile.registerMwa({
    // The icon's address is relative to the first one.
    appIdentity: { name: "Aurelius", uri: relayUrl("").href, icon: "icon-192.png" },
    authorizationCache: mobile.createDefaultAuthorizationCache(),
    chains: [chain],
    chainSelector: mobile.createDefaultChainSelector(),
    onWalletNotFound: mobile.createDefaultWalletNotFoundHandler(),
  });
  return true;
}
