/**
 * A link to another page of this page.
 *
 * The router's own link keeps what was drawn when it was first drawn, and through that every row that has left the list
 * since. Invariant: the handler closes over nothing; keys and buttons that open elsewhere are the browser's.
 */
import type { ComponentProps, JSX } from "preact";
import { navigate } from "wouter-preact/use-browser-location";
import { basePath } from "../route";

interface LinkProps extends Omit<ComponentProps<"a">, "href" | "onClick"> {
  /** Path below the place that the page is served from, with a slash before it. */
  readonly href: string;
}

export function Link({ href, ...rest }: LinkProps): JSX.Element {
  return <a {...rest} href={`${basePath()}${href}`} onClick={follow} />;
}

function follow(event: JSX.TargetedMouseEvent<HTMLAnchorElement>): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  event.preventDefault();
  navigate(event.currentTarget.pathname);
}
