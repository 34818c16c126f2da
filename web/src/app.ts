/**
 * The page as a whole: who gets told what, and when things are drawn.
 *
 * Owns the route, the followed match and the animation loop. Invariants: one match is followed at a
 * time; panels are refreshed at most every `PANELS_MS` (the board every animation frame); nothing
 * here knows bytes or pixels. Absent: wallets and playing, which will join `#session` and `#stage`.
 */
import { exposeState, type DebugState } from "./debug";
import { clockText } from "./format/time";
import { featured } from "./match/featured";
import { matchTitle } from "./match/naming";
import { standings } from "./match/standings";
import { Timeline } from "./match/timeline";
import { tokenOf } from "./match/token";
import { WatchedMatch } from "./match/watched";
import { ApiError, fetchMatch } from "./net/api";
import type { LinkState } from "@aurelius/sdk/session";
import { MatchIndex } from "./net/match-index";
import { Session, socketUrl } from "@aurelius/sdk/session";
import { parseRoute, type Route } from "./route";
import { ChainPanel } from "./view/chain-panel";
import { element, setAttribute, setHidden } from "./view/element";
import { KillFeed } from "./view/kill-feed";
import { Masthead } from "./view/masthead";
import { MatchList } from "./view/match-list";
import { Stage } from "./view/stage";
import { StandingsPanel } from "./view/standings-panel";
import type { MatchEvent } from "@aurelius/sdk/wire";

const PANELS_MS = 120;
/** While an outcome is incomplete the detail is asked for again this often. */
const DETAIL_MS = 5_000;
/** Events come in bursts; one question after the burst is enough. */
const DETAIL_SOON_MS = 400;
/** A live match without a tick for this long is called silent. */
const SILENCE_MS = 3_000;
/** Layouts with room for list and arena side by side: the page may pick a match by itself. */
const WIDE = "(min-width: 1180px)";

export class App {
  readonly #root: HTMLElement;
  readonly #wide = matchMedia(WIDE);
  readonly #session: Session;
  readonly #index: MatchIndex;
  readonly #timeline = new Timeline();
  readonly #masthead: Masthead;
  readonly #list = new MatchList();
  readonly #stage: Stage;
  readonly #standings: StandingsPanel;
  readonly #feed = new KillFeed();
  readonly #chain = new ChainPanel();
  readonly #dossier: HTMLElement;
  readonly #frame: HTMLElement;
  #route: Route = { kind: "home" };
  #link: LinkState = { kind: "idle" };
  #watched: WatchedMatch | undefined;
  #overSinceMs: number | undefined;
  #focus: number | undefined;
  #tick = 0;
  #ticksReceived = 0;
  /** When the last tick came, by the animation clock. */
  #heardAtMs = 0;
  #panelsAtMs = 0;
  #detailTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    const focus = (slot: number | undefined): void => this.#setFocus(slot);
    this.#session = new Session(socketUrl(location), {
      link: (state) => this.#linkChanged(state),
      directory: (matches) => this.#index.merge(matches),
      watching: (detail) => this.#watched?.setDetail(detail),
      event: (event) => this.#event(event),
      tick: (tick) => {
        this.#ticksReceived += 1;
        this.#heardAtMs = performance.now();
        this.#watched?.setTick(tick);
        this.#timeline.push(tick, performance.now());
      },
      refused: (code, message) => this.#refused(code, message),
    });
    this.#index = new MatchIndex(() => this.#choose());
    this.#masthead = new Masthead(() => this.#session.retryNow());
    this.#stage = new Stage(focus);
    this.#standings = new StandingsPanel(focus);
    this.#dossier = element(
      "aside",
      { class: "dossier", "aria-label": "Match details" },
      this.#standings.root,
      this.#feed.root,
      this.#chain.root,
    );
    this.#frame = element("div", { class: "frame" }, this.#list.root, this.#stage.root, this.#dossier);
    root.append(this.#masthead.root, this.#frame);
  }

  start(): void {
    addEventListener("hashchange", () => this.#navigate());
    this.#wide.addEventListener("change", () => this.#choose());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#setFocus(undefined);
    });
    exposeState(() => this.#debugState());
    this.#index.start();
    this.#session.start();
    this.#navigate();
    requestAnimationFrame((now) => this.#draw(now));
  }

  #navigate(): void {
    this.#route = parseRoute(location.hash);
    setAttribute(this.#frame, "data-route", this.#route.kind);
    this.#choose();
    scrollTo(0, 0);
  }

  /** Decides which match is followed, and follows it. */
  #choose(): void {
    const key = this.#wantedMatch();
    if (key === this.#watched?.key) return;
    this.#watched = key === undefined ? undefined : new WatchedMatch(key);
    this.#overSinceMs = undefined;
    this.#tick = 0;
    this.#timeline.reset();
    this.#setFocus(undefined);
    this.#stage.reset(this.#watched);
    this.#session.follow(key);
    this.#panelsAtMs = 0;
  }

  #wantedMatch(): string | undefined {
    if (this.#route.kind === "match") return this.#route.match;
    if (!this.#wide.matches) return undefined;
    const watching =
      this.#watched === undefined ? undefined : { match: this.#watched.key, overSinceMs: this.#overSinceMs };
    return featured(this.#index.matches ?? [], watching, Date.now());
  }

  #linkChanged(state: LinkState): void {
    const before = this.#link.kind;
    this.#link = state;
    if (state.kind === "online" && before !== "online") this.#index.refresh();
    this.#panelsAtMs = 0;
  }

  #event(event: MatchEvent): void {
    this.#watched?.apply(event);
    // Places and fees are not part of events: ask for the whole detail when something was decided.
    if (
      event.kind === "status" ||
      event.kind === "result" ||
      event.kind === "paid" ||
      event.kind === "ended"
    ) {
      this.#askDetail(DETAIL_SOON_MS);
      this.#index.refresh();
    }
  }

  #refused(code: string, message: string): void {
    if (code !== "unknown_match" || this.#watched === undefined || this.#watched.detail !== undefined) return;
    // Not run by this relay any more; its history may still know it.
    console.info(`aurelius: ${message}`);
    this.#askDetail(0);
  }

  #askDetail(waitMs: number): void {
    clearTimeout(this.#detailTimer);
    this.#detailTimer = setTimeout(() => void this.#fetchDetail(), waitMs);
  }

  async #fetchDetail(): Promise<void> {
    const watched = this.#watched;
    if (watched === undefined) return;
    try {
      watched.setDetail(await fetchMatch(watched.key));
    } catch (error) {
      if (watched.detail !== undefined) return;
      const unknown = error instanceof ApiError && error.status === 404;
      watched.problem = unknown
        ? "This relay does not know the match. The address may be wrong, or another relay runs it."
        : `The match could not be loaded: ${error instanceof Error ? error.message : "unknown trouble"}.`;
    } finally {
      if (watched === this.#watched && watched.isOver && !watched.isComplete) this.#askDetail(DETAIL_MS);
    }
  }

  #setFocus(slot: number | undefined): void {
    this.#focus = slot;
    this.#stage.board.focus(slot);
    this.#panelsAtMs = 0;
  }

  #draw(now: number): void {
    const { tick, passed } = this.#timeline.advance(now);
    for (const step of passed) this.#stage.board.show(step);
    this.#tick = tick;
    this.#stage.board.draw(tick, now);
    if (now - this.#panelsAtMs >= PANELS_MS) {
      this.#panelsAtMs = now;
      this.#refresh(now);
    }
    requestAnimationFrame((next) => this.#draw(next));
  }

  #refresh(now: number): void {
    const watched = this.#watched;
    const nowMs = Date.now();
    if (watched?.isOver === true && this.#overSinceMs === undefined) this.#overSinceMs = nowMs;
    if (this.#overSinceMs !== undefined) this.#choose();
    this.#masthead.update(this.#link, now);
    this.#list.update({
      matches: this.#index.matches,
      error: this.#index.error,
      selected: this.#watched?.key,
      nowMs,
    });
    this.#stage.update({
      match: this.#watched,
      tick: this.#tick,
      link: this.#link,
      nowMs,
      following: this.#route.kind === "home",
      silent: now - this.#heardAtMs > SILENCE_MS,
    });
    this.#refreshTitle();
    this.#refreshDossier();
    this.#mark();
  }

  #refreshTitle(): void {
    const watched = this.#watched;
    const summary = watched?.detail?.summary;
    let title = "Aurelius";
    if (watched !== undefined && summary !== undefined) {
      const running = watched.snapshot !== undefined && !watched.isOver;
      const left = running ? `${clockText(summary.length_ticks - this.#tick)} · ` : "";
      title = `${left}${matchTitle(summary)} · Aurelius`;
    }
    if (document.title !== title) document.title = title;
  }

  #refreshDossier(): void {
    const watched = this.#watched;
    const detail = watched?.detail;
    const empty = watched === undefined || detail === undefined;
    setHidden(this.#dossier, empty);
    setAttribute(this.#frame, "data-empty", empty);
    if (empty) return;
    const { status } = detail.summary;
    this.#standings.update({
      lines: standings(detail.players, watched.snapshot),
      detail,
      token: tokenOf(detail.summary),
      decided: detail.players.some((player) => player.payout !== null) || status === "settled",
      inArena: watched.snapshot !== undefined,
      focus: this.#focus,
    });
    this.#feed.update(watched);
    this.#chain.update(watched);
  }

  /** Attributes for tests and style sheets: documented in web/README.md. */
  #mark(): void {
    const { match, status, tick, alive, over } = this.#debugState();
    setAttribute(this.#root, "data-link", this.#link.kind);
    setAttribute(this.#root, "data-match", match);
    setAttribute(this.#root, "data-status", status);
    setAttribute(this.#root, "data-tick", tick);
    setAttribute(this.#root, "data-alive", alive);
    setAttribute(this.#root, "data-over", over);
  }

  #debugState(): DebugState {
    const watched = this.#watched;
    const detail = watched?.detail;
    const checkpoints = detail?.checkpoints ?? [];
    return {
      link: this.#link.kind,
      match: watched?.key ?? null,
      status: detail?.summary.status ?? null,
      tick: Math.floor(this.#tick),
      ticksReceived: this.#ticksReceived,
      over: watched?.isOver ?? false,
      complete: watched?.isComplete ?? false,
      alive: watched?.snapshot?.warriors.filter((warrior) => warrior.hp > 0).length ?? 0,
      warriors: (watched?.snapshot?.warriors ?? []).map(({ owner, hp, x, y }, index) => ({
        owner,
        hp,
        x,
        y,
        drawn: this.#stage.board.placeOf(index) ?? null,
      })),
      deaths: watched?.deaths.length ?? 0,
      checkpoints: {
        known: checkpoints.length,
        landed: checkpoints.filter((checkpoint) => checkpoint.posted_in !== null).length,
      },
      players: (detail?.players ?? []).map(({ slot, wallet, place, payout, claimed_in }) => ({
        slot,
        wallet,
        place,
        payout: payout?.toString() ?? null,
        claimedIn: claimed_in,
      })),
    };
  }
}
