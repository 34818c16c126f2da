/** Which match the address asks for. Hash routes, so that any static server will do. */
export type Route = { readonly kind: "home" } | { readonly kind: "match"; readonly match: string };

const MATCH = /^#\/match\/([1-9A-HJ-NP-Za-km-z]{32,44})$/;

export function parseRoute(hash: string): Route {
  const match = MATCH.exec(hash)?.[1];
  return match === undefined ? { kind: "home" } : { kind: "match", match };
}
