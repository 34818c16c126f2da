/**
 * The middle of the page: title, stations, numbers, and the arena with what lies over it.
 *
 * Invariants: exactly one of board, lobby, notice and result asks for attention; a lost connection is
 * said on top of the last picture, never instead of it; while one plays, title and numbers shrink to a
 * strip and the arena has the whole height. Absent: sockets and timing.
 */
import { aliveCount, type PowerUpKind } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "./link";
import { POWER_UP_COLOUR, POWER_UP_PATH } from "../board/power-ups";
import type { Live } from "../live/live";
import { matchTitle, statusLabel } from "../match/naming";
import type { WatchedMatch } from "../match/watched";
import { CameraControls } from "./camera-controls";
import { listenToPinch } from "../play/controls/pinch";
import { useClient } from "./client-context";
import { ComfortButtons } from "./comfort-buttons";
import { Copy } from "./copy";
import { Glyph } from "./glyph";
import { Hud } from "./hud";
import { Lifecycle } from "./lifecycle";
import { LobbyCard } from "./lobby-card";
import { noticeFor, ribbonText } from "./notices";
import { PlayControls } from "./play-controls";
import { playerName } from "./player-tag";
import { ReplayControls, ReplayStart } from "./replay-bar";
import { ResultCard } from "./result-card";
import { Spoken } from "./spoken";

const LEGEND: readonly (readonly [PowerUpKind, string])[] = [
  ["rage", "Rage"],
  ["heal", "Heal"],
  ["shield", "Shield"],
  ["speed", "Speed"],
];

interface StageProps {
  /** Whether the page picked the match by itself. */
  readonly following: boolean;
}

export function Stage({ following }: StageProps): JSX.Element {
  const { live, game, replays } = useClient();
  const [aside, setAside] = useState<string | undefined>(undefined);
  const match = live.watched;
  const scene = live.scene;
  const detail = match?.detail;
  const own = game.slotIn(match);
  const nowMs = Date.now();
  const replay = replays.of(match?.key);
  const coming = detail === undefined && (match !== undefined || live.index.matches === undefined);
  const ribbon = ribbonText(live);
  const notice = noticeFor(live, following);
  const lobby = match !== undefined && isGathering(match);
  const result =
    match?.isOver === true && detail !== undefined && aside !== match.key && live.replay === undefined;
  return (
    <section class="stage" id="stage" tabIndex={-1} aria-label="Arena">
      {coming && <div class="stage-coming" aria-hidden="true" />}
      {match !== undefined && detail !== undefined && (
        <>
          <div class="stage-head">
            <Link class="back" href="/">
              ‹ All matches
            </Link>
            <div class="stage-name">
              <h1 class="stage-title">{matchTitle(detail.summary)}</h1>
              <span class="badge" data-tone={statusLabel(detail.summary.status).tone}>
                {statusLabel(detail.summary.status).text}
              </span>
              <Copy text={match.key} what="match address" />
              {following && <span class="following">following live matches</span>}
            </div>
            <Lifecycle status={detail.summary.status} />
          </div>
          <Hud match={scene ?? match} tick={live.tick} nowMs={nowMs} />
        </>
      )}
      <div class="field-room">
        <figure
          class="field dark"
          data-quiet={scene?.snapshot === undefined || undefined}
          data-stale={ribbon !== undefined || undefined}
        >
          <Arena live={live} />
          {ribbon !== undefined && (
            <p class="ribbon" role="status">
              {ribbon}
            </p>
          )}
          <div class="overlay">
            {notice !== undefined && (
              <div class="notice" data-busy={notice.busy || undefined}>
                <h2 class="notice-title">{notice.title}</h2>
                <p>{notice.text}</p>
              </div>
            )}
            {lobby && <LobbyCard match={match} own={own} nowMs={nowMs} />}
            {result && (
              <ResultCard
                match={match}
                own={own}
                onPutAside={() => setAside(match.key)}
                onReplay={() => void replays.open(match)}
              />
            )}
          </div>
        </figure>
        <PlayControls />
      </div>
      {replay !== undefined && match !== undefined && <ReplayControls replay={replay} match={match} />}
      <div class="stage-foot">
        {replay === undefined && match !== undefined && <ReplayStart match={match} />}
        <ul class="legend" aria-label="Power-ups">
          {LEGEND.map(([kind, name]) => (
            <li key={kind}>
              <Glyph path={POWER_UP_PATH[kind]} colour={POWER_UP_COLOUR[kind]} />
              {name}
            </li>
          ))}
        </ul>
        <CameraControls />
        <ComfortButtons />
      </div>
      {scene !== undefined && <Spoken match={scene} own={own} nowMs={performance.now()} />}
      <p class="visually-hidden" role="status">
        {match === undefined || detail === undefined ? "" : spoken(match)}
      </p>
    </section>
  );
}

function isGathering(match: WatchedMatch): boolean {
  const status = match.detail?.summary.status;
  return match.snapshot === undefined && (status === "open" || status === "locked");
}

/** Changes of station, aloud. */
function spoken(match: WatchedMatch): string {
  const { detail } = match;
  if (detail === undefined) return "";
  const status = match.isOver ? "over" : statusLabel(detail.summary.status).text;
  return `${matchTitle(detail.summary)}: ${status}`;
}

interface Tip {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** The canvas, and what the pointer shows and picks on it. */
function Arena({ live }: { readonly live: Live }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [tip, setTip] = useState<Tip | undefined>(undefined);
  useEffect(() => {
    const target = canvas.current;
    if (target === null) return;
    const detach = live.attach(target);
    const stop = listenToPinch(target, {
      zoom: (factor, x, y) => live.zoomBy(factor, x, y),
      pan: (dx, dy) => live.panBy(dx, dy),
      canPan: () => (live.board?.zoom ?? 1) > 1,
      pinching: () => undefined,
    });
    return () => {
      stop();
      detach();
    };
  }, [live]);
  const snapshot = live.scene?.snapshot;
  const picture =
    snapshot === undefined
      ? "Empty arena"
      : `Arena with ${aliveCount(snapshot)} of ${snapshot.warriors.length} warriors standing`;
  const point = (event: PointerEvent): void => {
    const found =
      event.pointerType === "mouse" ? live.board?.warriorAt(event.offsetX, event.offsetY) : undefined;
    if (found === undefined) {
      setTip(undefined);
      return;
    }
    const { warrior } = found;
    const name = playerName(warrior.owner, live.watched?.player(warrior.owner));
    const effect = warrior.effect === "none" ? "" : ` · ${warrior.effect}`;
    const text = `${name} · ${warrior.hp} HP · ${warrior.kills} kills${effect}`;
    const { offsetLeft, offsetTop } = event.currentTarget as HTMLCanvasElement;
    setTip({ text, x: event.offsetX + offsetLeft, y: event.offsetY + offsetTop });
  };
  return (
    <>
      <canvas
        ref={canvas}
        class="arena"
        data-close={(live.board?.zoom ?? 1) > 1 || undefined}
        role="img"
        aria-label={picture}
        onPointerMove={point}
        onPointerLeave={() => setTip(undefined)}
        onClick={(event) => live.pick(event.offsetX, event.offsetY)}
      />
      {tip !== undefined && (
        <div class="tip" style={{ "--x": `${tip.x}px`, "--y": `${tip.y}px` }}>
          {tip.text}
        </div>
      )}
    </>
  );
}
