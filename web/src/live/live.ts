/**
 * The match on the stage, as it happens.
 *
 * Owns the session with the relay, the list of matches, the followed match, its timeline and the animation
 * loop. Invariants: one match is followed at a time; components are told at most every `PANELS_MS`, the board
 * draws every animation frame; a hidden tab follows nothing unless one plays in it. Absent: wallets, keys and
 * what is played (`play/`); bytes and pixels.
 */
import { type LinkState, Session, type SessionHandlers, type SessionPlay } from "@aurelius/sdk/session";
import type { MatchDetail, MatchEvent, PlayerInfo, Snapshot, Tick } from "@aurelius/sdk/wire";
import { Board } from "../board/board";
import { featured } from "../match/featured";
import { Timeline } from "../match/timeline";
import { WatchedMatch } from "../match/watched";
import { ApiError, fetchMatch } from "../net/api";
import { MatchIndex } from "../net/match-index";
import type { Replay } from "../replay/replay";
import { socketUrl } from "../route";
import { Store } from "../state/store";

const PANELS_MS = 160;
/** While an outcome is incomplete the detail is asked for again this often. */
const DETAIL_MS = 5_000;
/** Events come in bursts; one question after the burst is enough. */
const DETAIL_SOON_MS = 400;
/** A live match without a tick for this long is called silent. */
const SILENCE_MS = 3_000;
/** Layouts with room for list and arena side by side: the page may pick a match by itself. */
const WIDE = "(min-width: 1180px)";
/** Shown before the first frame tells the real size: a Blitz with its walls. */
const DEFAULT_SIDE = 34;

/** Who plays, as far as the arena's loop needs to know. */
export interface LivePlayer {
  /** A match was chosen, or none. */
  matchChanged(match: WatchedMatch | undefined): void;
  /** A tick came in; it may be shown later. */
  ticked(snapshot: Snapshot): void;
  /** Before every drawing, at `nowMs` of the animation clock. */
  frame(nowMs: number, tick: number): void;
  /** After every drawing. */
  drawn(nowMs: number): void;
  /** Whether this browser plays the followed match. */
  readonly playing: boolean;
  /** Keys of the match for the session, if this browser plays it. */
  keysOf(match: string): SessionPlay | undefined;
  /** A warrior was picked on the board. */
  picked(index: number, owner: number): boolean;
}

/** What of the session concerns only whoever plays. */
export interface PlayHandlers extends Pick<SessionHandlers, "answered" | "offered" | "cosigned" | "wallet"> {
  /** The relay follows the match, with us as a player or not. */
  seated(player: PlayerInfo | null): void;
}

export class Live {
  /** Counts redraws of the panels. */
  readonly pulse = new Store(0);
  readonly session: Session;
  readonly index: MatchIndex;
  readonly timeline = new Timeline();
  watched: WatchedMatch | undefined;
  link: LinkState = { kind: "idle" };
  /** The fractional tick on screen. */
  tick = 0;
  focus: number | undefined;
  /** The warrior that the picture follows. */
  follow: number | undefined;
  /** What is shown instead of the match as it stands. */
  replay: Replay | undefined;
  board: Board | undefined;
  ticksReceived = 0;
  /** Whether a live match has sent nothing for seconds. */
  silent = false;
  /** Hears of every tick that comes on screen. */
  onShown: ((tick: Tick) => void) | undefined;
  readonly #wide = matchMedia(WIDE);
  #player: LivePlayer | undefined;
  /** The match that the address names. */
  #asked: string | undefined;
  /** Whether the address leaves the choice to the page. */
  #choosing = true;
  #overSinceMs: number | undefined;
  /** When the last tick came, by the animation clock. */
  #heardAtMs = 0;
  #panelsAtMs = 0;
  #detailTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(play: PlayHandlers) {
    this.session = new Session(socketUrl(), {
      link: (state) => this.#linkChanged(state),
      directory: (matches) => this.index.merge(matches),
      watching: (detail, player) => {
        this.#told(detail);
        play.seated(player);
      },
      event: (event) => this.#event(event),
      tick: (tick) => this.#ticked(tick),
      refused: (code, message) => this.#refused(code, message),
      answered: (outcome) => play.answered(outcome),
      offered: (offer) => play.offered(offer),
      cosigned: (refusal) => play.cosigned(refusal),
      wallet: (address) => play.wallet(address),
    });
    this.index = new MatchIndex(() => this.#choose());
  }

  /** Begins; `player` hears what it needs to play. */
  start(player: LivePlayer): void {
    this.#player = player;
    this.#wide.addEventListener("change", () => this.#choose());
    document.addEventListener("visibilitychange", () => this.#visibility());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.setFocus(undefined);
    });
    this.index.start();
    this.session.start();
    requestAnimationFrame((now) => this.#draw(now));
  }

  /** The address names a match, leaves the choice to the page, or is about something else. */
  navigate(match: string | undefined, choosing: boolean): void {
    if (match === this.#asked && choosing === this.#choosing) return;
    this.#asked = match;
    this.#choosing = choosing;
    this.#choose();
  }

  /** Draws on this canvas until the answer is called. */
  attach(canvas: HTMLCanvasElement): () => void {
    const board = new Board(canvas);
    this.board = board;
    this.#resetBoard();
    return () => {
      board.close();
      if (this.board === board) this.board = undefined;
    };
  }

  /** A press on the board, in CSS pixels of the canvas. */
  pick(x: number, y: number): void {
    const found = this.board?.warriorAt(x, y);
    if (found !== undefined && this.#player?.picked(found.index, found.warrior.owner) === true) return;
    this.setFocus(found?.warrior.owner);
  }

  /** What the panels and the board show: the match on the stage, or its replay. */
  get scene(): WatchedMatch | undefined {
    return this.replay?.scene ?? this.watched;
  }

  /** Shows a replay of the match on the stage; undefined for the match as it stands. */
  setReplay(replay: Replay | undefined): void {
    this.replay = replay;
    this.tick = 0;
    this.setFollow(undefined);
    this.#resetBoard();
    this.touch();
  }

  /** Has the picture follow a warrior; undefined for the whole arena. */
  setFollow(index: number | undefined): void {
    this.follow = index;
    const { board } = this;
    if (board !== undefined) {
      if (index === undefined) board.showWhole();
      else if (board.zoom === 1) board.zoomBy(closeUp(board.cellWhole));
      board.follow(index);
    }
    this.touch();
  }

  /** Shows more or less of the arena; the point is in CSS pixels of `target`, or the middle. */
  zoomBy(factor: number, x?: number, y?: number, target?: HTMLElement): void {
    const { board } = this;
    if (board === undefined) return;
    const from = target?.getBoundingClientRect();
    const to = board.canvas.getBoundingClientRect();
    const [dx, dy] = from === undefined ? [0, 0] : [from.left - to.left, from.top - to.top];
    if (this.follow === undefined && x !== undefined && y !== undefined) board.zoomBy(factor, x + dx, y + dy);
    else board.zoomBy(factor);
    if (board.zoom === 1) this.setFollow(undefined);
    this.touch();
  }

  /** Moves an enlarged picture by CSS pixels. */
  panBy(dx: number, dy: number): void {
    if (this.board === undefined || this.board.zoom === 1) return;
    this.follow = undefined;
    this.board.panBy(dx, dy);
  }

  setFocus(slot: number | undefined): void {
    this.focus = slot;
    this.board?.focus(slot);
    this.touch();
  }

  /** Has the panels drawn again with the next animation frame. */
  touch(): void {
    this.#panelsAtMs = 0;
  }

  /** Asks for the whole detail again: something was decided, or this browser did something. */
  askDetail(waitMs = DETAIL_SOON_MS): void {
    clearTimeout(this.#detailTimer);
    this.#detailTimer = setTimeout(() => void this.#fetchDetail(), waitMs);
  }

  /** Connects to the followed match again, as the player that `keysOf` names now. */
  rejoin(): void {
    const key = this.watched?.key;
    this.session.follow(key, key === undefined ? undefined : this.#player?.keysOf(key));
  }

  /** Decides which match is followed, and follows it. */
  #choose(): void {
    const key = this.#wantedMatch();
    if (key === this.watched?.key) return;
    this.watched = key === undefined ? undefined : new WatchedMatch(key);
    this.#overSinceMs = undefined;
    this.tick = 0;
    this.timeline.reset();
    this.focus = undefined;
    this.follow = undefined;
    this.replay = undefined;
    this.board?.showWhole();
    this.#resetBoard();
    this.#player?.matchChanged(this.watched);
    this.rejoin();
    this.touch();
  }

  #wantedMatch(): string | undefined {
    if (this.#asked !== undefined) return this.#asked;
    if (!this.#choosing) return this.#player?.playing === true ? this.watched?.key : undefined;
    if (!this.#wide.matches) return undefined;
    const { watched } = this;
    const watching = watched && { match: watched.key, overSinceMs: this.#overSinceMs };
    return featured(this.index.matches ?? [], watching, Date.now());
  }

  /** Everything that is on the board, drawn anew. */
  #resetBoard(): void {
    const { board, scene: watched } = this;
    if (board === undefined) return;
    board.reset(watched?.rules === undefined ? DEFAULT_SIDE : watched.rules.arenaSide + 2);
    board.focus(this.focus);
    if (watched?.snapshot !== undefined) board.show({ snapshot: watched.snapshot, events: [] });
  }

  #clearBoard(): void {
    this.board?.reset((this.scene?.rules?.arenaSide ?? DEFAULT_SIDE - 2) + 2);
  }

  #visibility(): void {
    if (document.hidden) {
      if (this.#player?.playing !== true) this.session.pause();
    } else {
      this.session.unpause();
      this.timeline.skipToNewest();
    }
  }

  #linkChanged(state: LinkState): void {
    const before = this.link.kind;
    this.link = state;
    if (state.kind === "online" && before !== "online") this.index.refresh();
    this.touch();
  }

  #told(detail: MatchDetail): void {
    if (detail.summary.match !== this.watched?.key) return;
    this.watched.setDetail(detail);
    this.#player?.matchChanged(this.watched);
    this.touch();
  }

  #ticked(tick: Tick): void {
    this.ticksReceived += 1;
    this.#heardAtMs = performance.now();
    this.watched?.setTick(tick);
    this.#player?.ticked(tick.snapshot);
    this.timeline.push(tick, this.#heardAtMs);
    if (document.hidden) this.timeline.skipToNewest();
  }

  #event(event: MatchEvent): void {
    this.watched?.apply(event);
    this.#player?.matchChanged(this.watched);
    // Places and fees are not part of events: ask for the whole detail when something was decided.
    if (
      event.kind === "status" ||
      event.kind === "result" ||
      event.kind === "paid" ||
      event.kind === "ended"
    ) {
      this.askDetail();
      this.index.refresh();
    }
    this.touch();
  }

  #refused(code: string, message: string): void {
    if (code !== "unknown_match" || this.watched === undefined || this.watched.detail !== undefined) return;
    // Not run by this relay any more; its history may still know it.
    console.info(`aurelius: ${message}`);
    this.askDetail(0);
  }

  async #fetchDetail(): Promise<void> {
    const { watched } = this;
    if (watched === undefined) return;
    try {
      watched.setDetail(await fetchMatch(watched.key));
      if (watched === this.watched) this.#player?.matchChanged(watched);
    } catch (error) {
      if (watched.detail !== undefined) return;
      const unknown = error instanceof ApiError && error.status === 404;
      watched.problem = unknown
        ? "This relay does not know the match. The address may be wrong, or another relay runs it."
        : `The match could not be loaded: ${error instanceof Error ? error.message : "unknown trouble"}.`;
    } finally {
      if (watched === this.watched && watched.isOver && !watched.isComplete) this.askDetail(DETAIL_MS);
    }
  }

  #draw(now: number): void {
    const replayed = this.replay?.advance(now);
    if (replayed?.jumped === true) this.#clearBoard();
    const { tick, passed } = replayed ?? this.timeline.advance(now);
    for (const step of passed) {
      this.board?.show(step);
      this.onShown?.(step);
    }
    this.tick = tick;
    this.#player?.frame(now, tick);
    this.board?.draw(tick, now);
    this.#player?.drawn(now);
    if (now - this.#panelsAtMs >= PANELS_MS) {
      this.#panelsAtMs = now;
      this.#refresh(now);
    }
    requestAnimationFrame((next) => this.#draw(next));
  }

  #refresh(now: number): void {
    if (this.watched?.isOver === true) this.#overSinceMs ??= Date.now();
    if (this.#overSinceMs !== undefined) this.#choose();
    this.silent = now - this.#heardAtMs > SILENCE_MS;
    this.pulse.update((count) => count + 1);
  }
}

/** How much closer the picture comes to a warrior who is followed: to cells of about 34 CSS pixels. */
function closeUp(cellPx: number): number {
  return Math.min(3, Math.max(1.6, 34 / Math.max(1, cellPx)));
}
