/**
 * Under the arena of a match that is over: the replay, its speed and place, and what was recomputed so far.
 *
 * Invariant: “agree” is said of what this browser computed, and where the record came from is said beside it.
 */
import type { JSX } from "preact";
import { clockText } from "../format/time";
import type { WatchedMatch } from "../match/watched";
import { type Replay, SPEEDS } from "../replay/replay";
import { useClient } from "./client-context";
import { CROSS, Glyph, PAUSE, PLAY, TICK } from "./glyph";
import { useStore } from "./use-store";

const SKIP_TICKS = 300;

/** The way into the replay, once there can be one. */
export function ReplayStart({ match }: { readonly match: WatchedMatch }): JSX.Element | null {
  const { replays } = useClient();
  const state = useStore(replays.state);
  if (!match.isOver || match.detail === undefined) return null;
  const mine =
    state.kind !== "none" && state.kind !== "open" && state.match === match.key ? state : undefined;
  return (
    <div class="replay" data-replay={mine?.kind ?? "none"}>
      {mine?.kind === "loading" ? (
        <p role="status">Fetching the replay… {mine.total > 0 ? `${mine.done} of ${mine.total}` : ""}</p>
      ) : (
        <button type="button" class="button" data-action="replay" onClick={() => void replays.open(match)}>
          <Glyph path={PLAY} /> Watch the replay
        </button>
      )}
      {mine?.kind === "failed" && (
        <p role="alert" class="proof-note">
          There is no replay to show: {mine.reason}.
        </p>
      )}
    </div>
  );
}

interface ControlsProps {
  readonly replay: Replay;
  readonly match: WatchedMatch;
}

export function ReplayControls({ replay, match }: ControlsProps): JSX.Element {
  const { live, replays } = useClient();
  const tick = Math.min(replay.lastTick, Math.floor(replay.tick));
  const act = (change: () => void) => (): void => {
    change();
    live.touch();
  };
  const running = replay.running && !replay.atEnd;
  return (
    <section class="replay" data-replay="open" aria-label="Replay">
      <div class="replay-line">
        <button
          type="button"
          class="button replay-toggle"
          data-action="replay-toggle"
          aria-label={running ? "Pause" : replay.atEnd ? "Play again" : "Play"}
          onClick={act(() => replay.toggle())}
        >
          <Glyph path={running ? PAUSE : PLAY} />
        </button>
        <input
          type="range"
          class="replay-scrub"
          aria-label="Place in the battle"
          aria-valuetext={`${clockText(tick)} of ${clockText(replay.lastTick)}`}
          min="0"
          max={replay.lastTick}
          step="1"
          value={tick}
          onInput={(event) => replay.seek(Number(event.currentTarget.value))}
          onKeyDown={(event) => {
            // An arrow is worth five seconds, not a sixtieth of one.
            const step = { ArrowLeft: -SKIP_TICKS, ArrowRight: SKIP_TICKS }[event.key];
            if (step === undefined) return;
            event.preventDefault();
            replay.seek(tick + step);
          }}
        />
        <span class="replay-time">
          {clockText(tick)} / {clockText(replay.lastTick)}
        </span>
        <select
          class="select"
          aria-label="Speed"
          value={String(replay.speed)}
          onChange={(event) => {
            replay.speed = Number(event.currentTarget.value);
          }}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={String(speed)}>
              {speed < 1 ? (speed === 0.25 ? "¼" : "½") : speed}×
            </option>
          ))}
        </select>
        <button type="button" class="button" data-action="replay-close" onClick={() => replays.close()}>
          Close
        </button>
      </div>
      <Checked replay={replay} total={match.detail?.checkpoints.length ?? 0} />
    </section>
  );
}

function Checked({ replay, total }: { readonly replay: Replay; readonly total: number }): JSX.Element {
  const { verdicts, difference, source } = replay;
  const green = verdicts.filter((verdict) => verdict === "green").length;
  const of = Math.max(total, verdicts.length);
  const origin =
    source.kind === "chain"
      ? "Recomputed from the transactions of the match."
      : source.traced
        ? "Recomputed from the relay’s file; its digests are those that the program keeps."
        : "Recomputed from the relay’s file; “Verify in this browser” asks the chain itself.";
  return (
    <p class="replay-checked" data-verdict={difference === undefined ? "green" : "red"}>
      <span class="replay-verdict" role="status">
        <Glyph path={difference === undefined ? TICK : CROSS} />
        {difference === undefined ? `${green} of ${of} checkpoints agree` : `Wrong: ${difference}`}
      </span>
      <span class="replay-origin">{origin}</span>
    </p>
  );
}
