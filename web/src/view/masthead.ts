/**
 * The strip at the top: the name, and how the connection stands.
 *
 * Leaves room at its end for a wallet button. Absent: navigation, which is the match list.
 */
import type { LinkState } from "@aurelius/sdk/session";
import { element, setAttribute, setHidden, setText, svg } from "./element";

export class Masthead {
  readonly root: HTMLElement;
  readonly #link: HTMLElement;
  readonly #text: HTMLElement;
  readonly #retry: HTMLButtonElement;

  constructor(onRetry: () => void) {
    this.#text = element("span");
    this.#retry = element("button", { type: "button", onclick: onRetry, hidden: true }, "Retry now");
    this.#link = element("div", { class: "link", role: "status" }, this.#text, this.#retry);
    this.root = element(
      "header",
      { class: "masthead" },
      element("a", { class: "brand", href: "#/", "aria-label": "Aurelius, all matches" }, mark(), "Aurelius"),
      element("div", { class: "masthead-end" }, this.#link),
    );
  }

  update(state: LinkState, nowMs: number): void {
    setAttribute(this.#link, "data-state", state.kind);
    setText(this.#text, linkText(state, nowMs));
    setHidden(this.#retry, state.kind !== "waiting" && state.kind !== "closed");
  }
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

/** The coin. */
function mark(): SVGElement {
  return svg(
    "svg",
    { viewBox: "0 0 32 32" },
    svg("circle", { cx: 16, cy: 16, r: 15, fill: "none", stroke: "#d9b45f", "stroke-width": 1.3 }),
    svg("circle", {
      cx: 16,
      cy: 16,
      r: 12.6,
      fill: "none",
      stroke: "#d9b45f",
      "stroke-width": 0.6,
      opacity: 0.5,
      "stroke-dasharray": "0.6 1.6",
    }),
    svg("path", { d: "M16 6.5 8.5 25h2.9L16 12.7 20.6 25h2.9z", fill: "#d9b45f" }),
    svg("circle", { cx: 16, cy: 20.5, r: 1.7, fill: "#d9b45f" }),
  );
}
