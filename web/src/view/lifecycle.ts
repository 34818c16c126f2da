/**
 * The stations of a match on chain, with the present one marked.
 */
import type { MatchStatus } from "@aurelius/sdk/wire";
import { element, setAttribute, setText } from "./element";

const STATIONS: readonly { readonly status: MatchStatus; readonly name: string }[] = [
  { status: "open", name: "Entries" },
  { status: "locked", name: "Seed" },
  { status: "live", name: "Battle" },
  { status: "proposed", name: "Result" },
  { status: "settled", name: "Settled" },
];

type StationState = "done" | "now" | "ahead" | "off" | "broken";

export class Lifecycle {
  readonly root: HTMLElement;
  readonly #stations: readonly { readonly root: HTMLElement; readonly name: HTMLElement }[];

  constructor() {
    this.#stations = STATIONS.map(() => {
      const name = element("span");
      return { root: element("li", {}, name), name };
    });
    this.root = element(
      "ol",
      { class: "lifecycle", "aria-label": "Stations of the match" },
      ...this.#stations.map((station) => station.root),
    );
  }

  update(status: MatchStatus): void {
    const position = STATIONS.findIndex((station) => station.status === status);
    this.#stations.forEach((station, index) => {
      const state = stationState(status, index, position);
      setAttribute(station.root, "data-state", state);
      setAttribute(station.root, "aria-current", index === position || state === "broken" ? "step" : null);
      const plain = STATIONS[index]?.name ?? "";
      setText(station.name, state !== "broken" ? plain : status === "voided" ? "Voided" : "Cancelled");
    });
  }
}

function stationState(status: MatchStatus, index: number, position: number): StationState {
  if (position < 0) return index === STATIONS.length - 1 ? "broken" : "off";
  if (index < position || status === "settled") return "done";
  return index === position ? "now" : "ahead";
}
