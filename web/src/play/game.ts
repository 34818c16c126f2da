/**
 * The match that is played here.
 *
 * Owns which entry of this browser is played, by which tab, the chosen warriors, the moves and their answers,
 * prediction, and the signature under the result. Invariants: a key is used only for the entry that the relay
 * shows with it; one tab plays; nothing that was acked is lost by a reload, because everything else is on the
 * relay. Absent: entering (`entering.ts`), drawing, and what keys, fingers and pads mean (`controls/`).
 */
import { type Heading, HEADING_STEP, type PlayerInfo, type Snapshot } from "@aurelius/sdk/wire";
import { loadEntry, loadMatch } from "@aurelius/sdk/program";
import { address } from "@solana/kit";
import type { Chain, ChainInfo } from "../chain/info";
import type { Live, LivePlayer } from "../live/live";
import type { WatchedMatch } from "../match/watched";
import { Store } from "../state/store";
import { Gamepads } from "./controls/gamepad";
import { type ControlHandlers, listenToKeyboard } from "./controls/keyboard";
import { differenceFromChain, differenceFromSeen } from "./final-state";
import { type KeptKey, keptEntries } from "./key-store";
import { Measures } from "./measures";
import { Mover } from "./mover";
import { type OwnEntry, OwnKeys } from "./own-keys";
import { Prediction } from "./prediction";
import { type SeatLock, takeSeat } from "./seat-lock";
import type { CosignRefusal, Outcome, SessionPlay, SettlementOffer } from "@aurelius/sdk/session";

export type Seat =
  | { readonly kind: "watching" }
  /** Another tab of this browser plays. */
  | { readonly kind: "elsewhere"; readonly slot: number }
  | { readonly kind: "playing"; readonly slot: number };

export type Cosigning =
  | { readonly kind: "none" }
  | { readonly kind: "checking" }
  | { readonly kind: "signed" }
  | { readonly kind: "refused"; readonly reason: string };

/** Which of one's warriors the next move is for: its place among them, or all. */
export type Choice = number | "all";

/** Between two looks at an entry on the chain. */
const CHAIN_APART_MS = 1_000;
/** Between two looks at the chain for the last checkpoint, and how many. */
const CHAIN_PAUSE_MS = 500;
const CHAIN_LOOKS = 60;
const NOTICE_MS = 4_000;
const CONFIRMED = { commitment: "confirmed" } as const;
/** Below this many CSS pixels a cell is too small to steer in: a Siege on a phone. */
const SMALL_CELL_PX = 11;
/** Players see others sooner and rougher than watchers do: two ticks behind the newest. */
const PLAYER_DELAY_MS = 33;

export class Game implements LivePlayer {
  readonly seat = new Store<Seat>({ kind: "watching" });
  readonly choice = new Store<Choice>(0);
  /** The last thing that went wrong with a move, for a while. */
  readonly notice = new Store<string | undefined>(undefined);
  readonly cosigning = new Store<Cosigning>({ kind: "none" });
  readonly measures = new Measures();
  readonly #live: Live;
  readonly #chain: Chain;
  readonly #keys = new OwnKeys();
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  readonly #mover: Mover;
  readonly #gamepads: Gamepads;
  #match: WatchedMatch | undefined;
  #lock: SeatLock | undefined;
  #lockWanted: AbortController | undefined;
  #prediction: Prediction | undefined;
  /** Indices of one's warriors in the arena. */
  #own: readonly number[] = [];
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
  #offered: number | undefined;
  /** The warrior that was chosen when the picture was last turned to one. */
  #watchedOver: number | undefined;

  constructor(live: Live, chain: Chain) {
    this.#live = live;
    this.#chain = chain;
    this.#mover = new Mover((warrior, heading) => this.#send(warrior, heading));
    this.#gamepads = new Gamepads(this.controls);
  }

  /** Reads the keys of this browser, and listens to the keyboard from now on. */
  async start(): Promise<void> {
    listenToKeyboard(this.controls);
    try {
      for (const key of await keptEntries()) this.addKey(key);
    } catch (error) {
      console.info(`aurelius: ${error instanceof Error ? error.message : "no keys"}`);
    }
    this.matchChanged(this.#match);
  }

  /** A key that was just made; it is used as soon as the relay shows an entry with it. */
  addKey(key: KeptKey): void {
    this.#keys.add(key);
  }

  /** The chain holds this key for its entry now. Of a key that replaced another the relay hears at the lock. */
  registered(key: KeptKey): void {
    this.#keys.registered(key);
    this.matchChanged(this.#match);
  }

  /** Matches for which this browser has a key; the same object until there is another. */
  get keptMatches(): ReadonlySet<string> {
    return this.#keys.matches;
  }

  readonly controls: ControlHandlers = {
    steer: (heading) => this.steer(heading),
    choose: (index) => this.choose(index),
    cycle: (step) => this.#cycle(step),
    chooseAll: () => this.choice.set("all"),
    active: () => this.fighting,
  };

  get playing(): boolean {
    return this.seat.value.kind === "playing";
  }

  /** Whether moves make sense: one plays, the battle runs, and a warrior of one's own stands. */
  get fighting(): boolean {
    return this.playing && this.#match?.isOver === false && this.standing.length > 0;
  }

  /** Indices of one's warriors that stand. */
  get standing(): readonly number[] {
    const warriors = this.#match?.snapshot?.warriors;
    return this.#own.filter((index) => (warriors?.[index]?.hp ?? 0) > 0);
  }

  /** Indices of one's warriors, fallen ones too. */
  get own(): readonly number[] {
    return this.#own;
  }

  /** The slot in `match` of whoever plays here, in this tab or another. */
  slotIn(match: WatchedMatch | undefined): number | undefined {
    return match === undefined ? undefined : this.#entryIn(match)?.player.slot;
  }

  keysOf(match: string): SessionPlay | undefined {
    if (this.#lock === undefined || this.#match?.key !== match) return undefined;
    const found = this.#entryIn(this.#match);
    return found === undefined ? undefined : { signer: found.key, wallet: found.player.wallet };
  }

  matchChanged(match: WatchedMatch | undefined): void {
    if (match?.key !== this.#match?.key) this.#leaveSeat();
    this.#match = match;
    const found = match === undefined ? undefined : this.#entryIn(match);
    if (match === undefined || found === undefined) {
      const left = this.#lock !== undefined;
      this.#leaveSeat();
      // Left in the lobby: watch from now on, so that entering again is playing again.
      if (left && match !== undefined) this.#live.rejoin();
      return;
    }
    if (match.detail?.summary.status === "open") void this.#lookAtChain(match, found);
    if (match.rules !== undefined) this.#prediction ??= new Prediction(match.rules);
    if (this.#lock === undefined && this.#lockWanted === undefined)
      void this.#sitDown(match.key, found.player.slot);
  }

  ticked(snapshot: Snapshot): void {
    const { value } = this.seat;
    if (value.kind === "watching") return;
    this.#own = snapshot.warriors.flatMap(({ owner }, index) => (owner === value.slot ? [index] : []));
    if (value.kind !== "playing") return;
    this.#prediction?.observe(snapshot, this.#own);
    this.measures.ticked(performance.now());
    this.#mover.flush(snapshot.tick);
    this.#keepChoice();
  }

  frame(nowMs: number, _tick: number): void {
    const { board, timeline } = this.#live;
    // Asking wakes a thread of the browser for good: only for whoever plays.
    if (this.playing) this.#gamepads.poll();
    if (board === undefined) return;
    const prediction = this.#prediction;
    const { value } = this.seat;
    board.setOwn(value.kind === "watching" ? undefined : { slot: value.slot, chosen: this.#chosen() });
    this.#keepInSight(board.cellWhole);
    if (!this.fighting || prediction === undefined) {
      board.setAhead(undefined);
      return;
    }
    const at = timeline.receiving(nowMs) + this.measures.leadTicks;
    board.setAhead((index) => {
      if (!this.#own.includes(index)) return undefined;
      const heading = prediction.heading(index);
      const step = heading === 0 ? undefined : HEADING_STEP[heading];
      return {
        place: prediction.place(index, at, nowMs),
        facing: step && Math.atan2(step[1], step[0]),
      };
    });
  }

  drawn(nowMs: number): void {
    const { board } = this.#live;
    if (board === undefined || !this.fighting) return;
    this.measures.drawn(
      nowMs,
      this.#own.map((index) => {
        const place = board.placeOf(index);
        return place && { x: place.x, y: place.y, facing: board.facingOf(index) };
      }),
    );
  }

  /** Where cells are too small to steer in, the picture comes closer and follows whom the next move is for. */
  #keepInSight(cellPx: number): void {
    const [chosen] = this.#chosen();
    if (!this.fighting || chosen === undefined || chosen === this.#watchedOver) return;
    const first = this.#watchedOver === undefined;
    this.#watchedOver = chosen;
    if (first ? cellPx < SMALL_CELL_PX : this.#live.follow !== undefined) this.#live.setFollow(chosen);
  }

  picked(index: number, owner: number): boolean {
    const { value } = this.seat;
    if (value.kind !== "playing" || owner !== value.slot) return false;
    this.choose(this.#own.indexOf(index));
    return true;
  }

  /** Chooses by place among one's warriors. */
  choose(place: number): void {
    const index = this.#own[place];
    if (index !== undefined && this.standing.includes(index)) this.choice.set(place);
  }

  /** Sends the chosen warriors this way. */
  steer(heading: Heading): void {
    if (!this.fighting) return;
    this.measures.pressed(performance.now());
    const tick = this.#match?.snapshot?.tick ?? 0;
    for (const index of this.#chosen()) this.#mover.want(index, heading, this.#held(index), tick);
  }

  /** What `index` is on its way to do. */
  heading(index: number): Heading {
    return this.#mover.wanted(index) ?? this.#held(index);
  }

  answered(outcome: Outcome): void {
    const { warrior, heading } = outcome;
    if (outcome.kind === "acked") {
      this.#prediction?.acked(warrior, heading, outcome.tick);
      this.measures.acked(outcome.latencyMs, outcome.tick);
      return;
    }
    // The warrior goes that way already: nothing was lost.
    if (outcome.reason === "unchanged") return;
    this.#prediction?.rejected(warrior, heading);
    this.measures.rejected();
    if (outcome.reason === "busy" || outcome.reason === "tick_too_old") this.#mover.forget(warrior);
    else this.#mover.refused(warrior, this.#held(warrior));
    this.#say(rejectText(outcome.reason));
  }

  /** The relay follows the match with us as a player from now on, or again. */
  seated(player: PlayerInfo | null): void {
    if (player === null) return;
    this.seat.set({ kind: "playing", slot: player.slot });
    this.#live.timeline.delayMinMs = PLAYER_DELAY_MS;
    // Whatever was not answered on the old socket is said again.
    this.#mover.forget();
  }

  /** A result to sign: checks it first. */
  async offered(offer: SettlementOffer): Promise<void> {
    const { value } = this.seat;
    const { state } = this.#chain;
    if (value.kind !== "playing" || this.#offered === offer.expires_slot) return;
    if (state.value.kind !== "known") return;
    this.#offered = offer.expires_slot;
    this.cosigning.set({ kind: "checking" });
    const reason = (await this.#unseen(offer)) ?? (await this.#notOnChain(offer, state.value.info));
    if (reason !== undefined) {
      this.cosigning.set({ kind: "refused", reason });
      return;
    }
    await this.#live.session.cosign(offer, value.slot);
  }

  cosigned(refusal: CosignRefusal | undefined): void {
    if (refusal === undefined) this.cosigning.set({ kind: "signed" });
    else if (refusal === "busy" || refusal === "stale_offer") this.#offered = undefined;
    else this.cosigning.set({ kind: "refused", reason: `the operator refused the signature (${refusal})` });
  }

  /** The offer may come before the last frames do. */
  async #unseen(offer: SettlementOffer): Promise<string | undefined> {
    for (let look = 0; ; look += 1) {
      const difference = differenceFromSeen(offer, this.#match?.snapshot);
      if (difference === undefined || look >= CHAIN_LOOKS) return difference;
      await pause(CHAIN_PAUSE_MS);
    }
  }

  /** The last checkpoint may still be on its way to the chain. */
  async #notOnChain(offer: SettlementOffer, info: ChainInfo): Promise<string | undefined> {
    for (let look = 0; ; look += 1) {
      const found = await loadMatch(info.client, address(offer.match), CONFIRMED).catch(() => null);
      const difference = await differenceFromChain(offer, found?.data, info.program);
      if (difference === undefined || look >= CHAIN_LOOKS) return difference;
      await pause(CHAIN_PAUSE_MS);
    }
  }

  #entryIn(match: WatchedMatch): OwnEntry | undefined {
    return this.#keys.entryIn(match.key, match.detail?.players ?? []);
  }

  /** Whether the entry is still played from here: left and entered again elsewhere, it is not. */
  async #lookAtChain(match: WatchedMatch, { key, player }: OwnEntry): Promise<void> {
    const { value } = this.#chain.state;
    const now = performance.now();
    if (value.kind !== "known" || now - this.#lookedAtMs < CHAIN_APART_MS) return;
    this.#lookedAtMs = now;
    const { client } = value.info;
    const entry = await loadEntry(client, address(match.key), address(player.wallet), CONFIRMED).catch(
      () => null,
    );
    if (entry === null || entry.data.sessionKey === key.address) return;
    this.#keys.replaced(key);
    this.matchChanged(this.#match);
  }

  async #sitDown(match: string, slot: number): Promise<void> {
    const wanted = new AbortController();
    this.#lockWanted = wanted;
    try {
      const lock = await takeSeat(match, () => this.seat.set({ kind: "elsewhere", slot }), wanted.signal);
      if (this.#match?.key !== match) {
        lock.release();
        return;
      }
      this.#lock = lock;
      this.#live.rejoin();
    } catch {
      // Given up: another match is on the stage.
    } finally {
      if (this.#lockWanted === wanted) this.#lockWanted = undefined;
    }
  }

  #leaveSeat(): void {
    this.#lockWanted?.abort();
    this.#lockWanted = undefined;
    this.#lock?.release();
    this.#lock = undefined;
    this.#prediction = undefined;
    this.#own = [];
    this.#mover.reset();
    this.#offered = undefined;
    this.#watchedOver = undefined;
    this.choice.set(0);
    this.cosigning.set({ kind: "none" });
    if (this.seat.value.kind !== "watching") this.seat.set({ kind: "watching" });
  }

  #send(warrior: number, heading: Heading): boolean {
    if (!this.#live.session.move(warrior, heading)) return false;
    const now = performance.now();
    const at = this.#live.timeline.receiving(now);
    this.measures.sent(at);
    this.#prediction?.sent(
      warrior,
      heading,
      Math.max(Math.round(at + this.measures.leadTicks), Math.ceil(at)),
    );
    return true;
  }

  #held(index: number): Heading {
    return this.#match?.snapshot?.warriors[index]?.heading ?? 0;
  }

  #chosen(): readonly number[] {
    const { value } = this.choice;
    if (value === "all") return this.standing;
    const index = this.#own[value];
    return index === undefined ? [] : [index];
  }

  #cycle(step: 1 | -1): void {
    const { standing } = this;
    if (standing.length === 0) return;
    const [now] = this.#chosen();
    const at = now === undefined ? -1 : standing.indexOf(now);
    const next = standing[(at + step + standing.length) % standing.length];
    if (next !== undefined) this.choice.set(this.#own.indexOf(next));
  }

  /** A fallen warrior hands over to the next. */
  #keepChoice(): void {
    const { value } = this.choice;
    if (value === "all" || this.standing.length === 0) return;
    const index = this.#own[value];
    if (index === undefined || !this.standing.includes(index)) this.#cycle(1);
  }

  #say(text: string): void {
    clearTimeout(this.#noticeTimer);
    this.notice.set(text);
    this.#noticeTimer = setTimeout(() => this.notice.set(undefined), NOTICE_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function rejectText(reason: Extract<Outcome, { kind: "rejected" }>["reason"]): string {
  switch (reason) {
    case "not_started":
      return "The battle has not begun.";
    case "ended":
      return "The battle is over.";
    case "warrior_absent":
      return "This warrior is not in the arena.";
    case "too_many_changes":
    case "rate_limited":
      return "Too many changes at once: the last one was left out.";
    case "busy":
      return "The arena is busy; the move is sent again.";
    case "muted":
      return "This wallet is banned: it may watch and sign the result, and does not move any more.";
    default:
      return `The move was refused (${reason.replaceAll("_", " ")}).`;
  }
}
