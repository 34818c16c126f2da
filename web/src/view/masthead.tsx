/** The strip at the top: the name, the pages, the wallet, and how the connection stands. */
import type { LinkState } from "@aurelius/sdk/session";
import type { JSX } from "preact";
import { Link } from "./link";
import { WalletButton } from "./wallet-button";

const PAGES: readonly (readonly [string, string])[] = [
  ["/leaderboard", "Leaderboard"],
  ["/my", "My matches"],
  ["/history", "History"],
  ["/rules", "Rules"],
  ["/help", "Help"],
];

interface MastheadProps {
  readonly link: LinkState;
  /** By `performance.now()`. */
  readonly nowMs: number;
  /** The path of the page shown. */
  readonly path: string;
  readonly onRetry: () => void;
}

export function Masthead({ link, nowMs, path, onRetry }: MastheadProps): JSX.Element {
  return (
    <header class="masthead">
      <Link class="brand" href="/" aria-label="Aurelius, all matches">
        <Coin />
        <span class="brand-name">Aurelius</span>
      </Link>
      <nav class="pages" aria-label="Pages">
        {PAGES.map(([to, name]) => (
          <Link key={to} href={to} aria-current={path === to ? "page" : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      <div class="masthead-end">
        <div class="link" role="status" data-state={link.kind}>
          <span class="link-text">{linkText(link, nowMs)}</span>
          {(link.kind === "waiting" || link.kind === "closed") && (
            <button type="button" onClick={onRetry}>
              Retry now
            </button>
          )}
        </div>
        <WalletButton />
      </div>
    </header>
  );
}

function linkText(state: LinkState, nowMs: number): string {
  switch (state.kind) {
    case "idle":
      return "Idle";
    case "connecting":
      return state.again ? "Reconnecting…" : "Connecting…";
    case "online":
      return "Connected";
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((state.retryAtMs - nowMs) / 1000));
      return seconds === 0 ? "Reconnecting…" : `Connection lost, again in ${seconds} s`;
    }
    case "closed":
      return `Disconnected: ${state.reason}`;
  }
}

function Coin(): JSX.Element {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="15" fill="none" stroke="currentColor" stroke-width="1.3" />
      <circle
        cx="16"
        cy="16"
        r="12.6"
        fill="none"
        stroke="currentColor"
        stroke-width="0.6"
        opacity="0.5"
        stroke-dasharray="0.6 1.6"
      />
      <path d="M16 6.5 8.5 25h2.9L16 12.7 20.6 25h2.9z" fill="currentColor" />
      <circle cx="16" cy="20.5" r="1.7" fill="currentColor" />
    </svg>
  );
}
