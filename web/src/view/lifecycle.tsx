/** The stations of a match on chain, with the present one marked. */
import type { MatchStatus } from "@aurelius/sdk/wire";
import type { JSX } from "preact";

const STATIONS: readonly { readonly status: MatchStatus; readonly name: string }[] = [
  { status: "open", name: "Entries" },
  { status: "locked", name: "Seed" },
  { status: "live", name: "Battle" },
  { status: "proposed", name: "Result" },
  { status: "settled", name: "Settled" },
];

type StationState = "done" | "now" | "ahead" | "off" | "broken";

export function Lifecycle({ status }: { readonly status: MatchStatus }): JSX.Element {
  const position = STATIONS.findIndex((station) => station.status === status);
  return (
    <ol class="lifecycle" aria-label="Stations of the match">
      {STATIONS.map((station, index) => {
        const state = stationState(status, index, position);
        const broken = status === "voided" ? "Voided" : "Cancelled";
        return (
          <li
            key={station.status}
            data-state={state}
            aria-current={index === position || state === "broken" ? "step" : undefined}
          >
            <span>{state === "broken" ? broken : station.name}</span>
          </li>
        );
      })}
    </ol>
  );
}

function stationState(status: MatchStatus, index: number, position: number): StationState {
  if (position < 0) return index === STATIONS.length - 1 ? "broken" : "off";
  if (index < position || status === "settled") return "done";
  return index === position ? "now" : "ahead";
}
