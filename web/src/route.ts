/**
 * Where the pages of this page live.
 *
 * Paths below the place that the relay serves the page from, which may be any.
 * Addresses of the kind `#/match/KEY`, which were given out once, go on working.
 */

/** This script, which lies one folder below the place that the page is served from. */
const HERE = import.meta.url;
/** Where the page is served from, with a slash at its end, whatever the address names now. */
const ROOT = new URL("..", HERE);

/** The path of the first page without a slash at its end: what all routes stand behind. */
export function basePath(): string {
  return ROOT.pathname.replace(/\/$/, "");
}

/** The address of something that the relay serves beside the page: `api/chain`, `ws`. */
export function relayUrl(path: string): URL {
  return new URL(path, ROOT);
}

/** An address of the old kind becomes one of the present kind. */
export function adoptHash(): void {
  const adopt = (): void => {
    const path = /^#(\/.*)$/.exec(location.hash)?.[1];
    if (path !== undefined) history.replaceState(null, "", `${basePath()}${path}`);
  };
  adopt();
  addEventListener("hashchange", adopt);
}

/** Address of the relay's socket. */
export function socketUrl(): string {
  const url = relayUrl("ws");
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** Whether `text` can be an address on chain. */
export function isAddress(text: string): boolean {
  return /^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(text);
}
