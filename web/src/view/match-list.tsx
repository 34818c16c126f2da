/**
 * The list of matches: live ones, lobbies that can be entered, finished ones.
 *
 * Invariants: every match is a link with its own address, so keyboard, middle click and back button
 * work as everywhere; a thousand matches cost little: the list is made anew when it changes and once a second, a row
 * when it says something else, and of a long list only what is near the window is there at all. Absent: fetching (see `net/match-index.ts`).
 */
import type { MatchSummary } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Link } from "./link";
import { moneyText } from "../format/money";
import { agoText, clockText, untilText } from "../format/time";
import { matchHref, matchTitle, statusLabel } from "../match/naming";
import { tokenOf } from "../match/token";

export interface MatchListProps {
  readonly matches: readonly MatchSummary[] | undefined;
  readonly error: string | undefined;
  /** The match shown on the stage. */
  readonly selected: string | undefined;
  /** Matches in which this browser plays. */
  readonly mine: ReadonlySet<string>;
  /** Unix time, milliseconds. */
  readonly nowMs: number;
  /** The tick of a match now. */
  tick(match: MatchSummary): number;
}

const FINISHED_SHOWN = 20;
/** Rows of a section before somebody asks for all of them. */
const SHOWN = 40;
/** Of a long section so many come and go together. */
const CHUNK = 20;
/** About the height of a row, CSS pixels. */
const ROW_PX = 66;

export function MatchList(props: MatchListProps): JSX.Element {
  const { matches, error, selected, mine, nowMs } = props;
  const second = Math.floor(nowMs / 1000);
  // Once a second is often enough for clocks.
  return useMemo(() => <Sections {...props} />, [matches, error, selected, mine, second]);
}

function Sections(props: MatchListProps): JSX.Element {
  const { matches, error } = props;
  const all = matches ?? [];
  const message =
    error !== undefined
      ? `The list could not be loaded: ${error}. Trying again.`
      : matches === undefined
        ? "Loading matches…"
        : all.length === 0
          ? "No match yet. The next lobby appears here by itself."
          : undefined;
  return (
    <nav class="rail scroll" aria-label="Matches" aria-busy={matches === undefined ? "true" : undefined}>
      {message !== undefined && (
        <p class="rail-message" data-tone={error === undefined ? undefined : "error"}>
          {message}
        </p>
      )}
      <Section {...props} title="Live" lines={all.filter(isRunning)} />
      <Section {...props} title="Open lobbies" lines={all.filter((match) => match.status === "open")} />
      <Section {...props} title="Finished" lines={all.filter(isOver).slice(0, FINISHED_SHOWN)} />
    </nav>
  );
}

interface SectionProps extends MatchListProps {
  readonly title: string;
  readonly lines: readonly MatchSummary[];
}

function Section(props: SectionProps): JSX.Element | null {
  const { title, lines, selected, mine } = props;
  const [whole, setWhole] = useState(false);
  if (lines.length === 0) return null;
  const isKept = ({ match }: MatchSummary, index: number): boolean =>
    index < SHOWN || match === selected || mine.has(match);
  const shown = whole ? lines : lines.filter(isKept);
  return (
    <section class="rail-section">
      <h2 class="caption rail-title">
        {title}
        <span class="rail-count">{lines.length}</span>
      </h2>
      {shown.length <= SHOWN ? (
        <Rows {...props} lines={shown} />
      ) : (
        Array.from({ length: Math.ceil(shown.length / CHUNK) }, (_, index) => (
          <Chunk key={index} {...props} lines={shown.slice(index * CHUNK, (index + 1) * CHUNK)} />
        ))
      )}
      {shown.length < lines.length && (
        <button type="button" class="linklike rail-more" onClick={() => setWhole(true)}>
          Show all {lines.length}
        </button>
      )}
    </section>
  );
}

function Rows({ lines, selected, mine, nowMs, tick }: SectionProps): JSX.Element {
  return (
    <ul class="rail-list">
      {lines.map((match) => (
        <li key={match.match} class="entry-room">
          <MatchLine
            match={match}
            selected={match.match === selected}
            mine={mine.has(match.match)}
            nowMs={nowMs}
            tick={tick(match)}
          />
        </li>
      ))}
    </ul>
  );
}

/** Rows that are there only while they are near the window; else there is room for them. */
function Chunk(props: SectionProps): JSX.Element {
  const room = useRef<HTMLDivElement>(null);
  const height = useRef(props.lines.length * ROW_PX);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const { current } = room;
    if (current === null) return;
    // What scrolls may be the window or the list itself.
    const margins = { rootMargin: "400px", scrollMargin: "400px" };
    const observer = new IntersectionObserver((entries) => {
      const last = entries.at(-1);
      if (last === undefined) return;
      if (!last.isIntersecting) height.current = last.boundingClientRect.height;
      setNear(last.isIntersecting);
    }, margins);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={room} class="rail-chunk" style={near ? undefined : { height: `${height.current}px` }}>
      {near && <Rows {...props} />}
    </div>
  );
}

interface MatchLineProps {
  readonly match: MatchSummary;
  readonly selected: boolean;
  readonly mine: boolean;
  readonly nowMs: number;
  readonly tick: number;
}

/** One match as a link, wherever matches are listed. */
export function MatchLine({ match, selected, mine, nowMs, tick }: MatchLineProps): JSX.Element {
  const facts = factsText(match, nowMs, tick);
  const share = barShare(match, tick);
  return useMemo(
    () => <Line match={match} selected={selected} mine={mine} facts={facts} share={share} />,
    [match, selected, mine, facts, share],
  );
}

interface LineProps extends Pick<MatchLineProps, "match" | "selected" | "mine"> {
  readonly facts: string;
  readonly share: number;
}

function Line({ match, selected, mine, facts, share }: LineProps): JSX.Element {
  const label = statusLabel(match.status);
  const stake = match.status === "open";
  const money = moneyText(stake ? match.stake_per_warrior : match.pot, tokenOf(match));
  return (
    <Link
      class="entry"
      href={matchHref(match.match)}
      data-match={match.match}
      data-status={match.status}
      data-mode={match.mode}
      aria-current={selected ? "true" : undefined}
    >
      <span class="entry-line">
        <span class="entry-title">
          {matchTitle(match)}
          {mine && !isOver(match) && <span class="tag">you play</span>}
        </span>
        <span class="badge" data-tone={label.tone}>
          {label.text}
        </span>
      </span>
      <span class="entry-line">
        <span class="entry-facts">{facts}</span>
        <span class="entry-money">{stake ? `${money} stake` : money}</span>
      </span>
      {!isOver(match) && match.status !== "proposed" && (
        <span class="entry-bar" aria-hidden="true" style={{ "--share": String(share) }} />
      )}
    </Link>
  );
}

/** Matches in the arena, just before it and just after it. */
export function isRunning(match: MatchSummary): boolean {
  return match.status === "locked" || match.status === "live" || match.status === "proposed";
}

/** Matches in which nothing more happens. */
export function isOver(match: MatchSummary): boolean {
  return match.status === "settled" || match.status === "cancelled" || match.status === "voided";
}

function factsText(match: MatchSummary, nowMs: number, tick: number): string {
  switch (match.status) {
    case "open": {
      const seats = `${match.players} of ${match.players_max} players`;
      return match.starts_at_ms === null ? seats : `${seats} · ${untilText(match.starts_at_ms, nowMs)}`;
    }
    case "locked":
      return `${match.players} players · starting`;
    case "live":
      return `${match.players} players · ${clockText(match.length_ticks - tick)} left`;
    case "proposed":
      return `${match.players} players`;
    default:
      return `${match.players} players · ${agoText(match.starts_at_ms ?? match.created_at_ms, nowMs)}`;
  }
}

function barShare(match: MatchSummary, tick: number): number {
  const share =
    match.status === "open"
      ? match.players / Math.max(1, match.players_max)
      : tick / Math.max(1, match.length_ticks);
  return Math.min(1, Math.max(0, Math.round(share * 200) / 200));
}
