/**
 * What the page wants from the relay, kept up over every reconnect: to watch a match, or to play it.
 *
 * Owns which match is followed and as whom, the sign-in, the frame state, the chain of signed inputs, and the
 * translation between bytes and meaning. Invariants: ticks are handed over only for the match asked for last,
 * in order; after a reconnect the same match is resumed from the last tick; an input is signed on top of the
 * one before and sent once. Absent: DOM, wallets, which way to go.
 */
import { Link, type LinkState, type SocketClass } from "./link.js";
import {
  type ClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  type ErrorCode,
  FrameState,
  type Heading,
  isFrame,
  type MatchDetail,
  type MatchEvent,
  type MatchSummary,
  type PlayerInfo,
  type ServerMessage,
  type Tick,
  updatedList,
  WireError,
} from "../wire/index.js";
import { InputChain, type Outcome } from "./input-chain.js";
import { type SessionPlay, SignIn } from "./sign-in.js";
import { cosignMessage, type SettlementOffer, signText } from "./signing.js";
import type { WalletSigner } from "./wallet.js";

export type CosignRefusal = Extract<ServerMessage, { kind: "cosign_reject" }>["value"]["reason"];

export interface SessionHandlers {
  link(state: LinkState): void;
  /** The relay's list of matches. */
  directory(matches: readonly MatchSummary[]): void;
  /** The match asked for is followed from now on; `player` when it is played. */
  watching(detail: MatchDetail, player: PlayerInfo | null): void;
  event(event: MatchEvent): void;
  tick(tick: Tick): void;
  /** The match asked for cannot be followed. */
  refused(code: ErrorCode, message: string): void;
  /** An input was acked or rejected. */
  answered(outcome: Outcome): void;
  /** A result to sign. */
  offered(offer: SettlementOffer): void;
  /** The signature under a result was taken, or why not. */
  cosigned(refusal: CosignRefusal | undefined): void;
  /** The relay knows this wallet from now on (`signIn`), or none any more. */
  wallet(address: string | undefined): void;
}

export interface SessionOptions {
  /** Host and port that the relay must call itself; those of the address unless given. */
  readonly domain?: string;
  /** Where the platform has no `WebSocket`. */
  readonly Socket?: SocketClass;
}

/** An entry may be on chain before the relay has seen it. */
const PLAY_AGAIN_MS = 1_000;

export class Session {
  readonly #link: Link;
  readonly #handlers: Partial<SessionHandlers>;
  readonly #identity: SignIn;
  readonly #frames = new FrameState();
  readonly #inputs: InputChain;
  #wanted: string | undefined;
  #play: SessionPlay | undefined;
  #paused = false;
  /** Whether the relay confirmed `#wanted` on this socket. */
  #confirmed = false;
  #player: PlayerInfo | undefined;
  /** The list of matches, as the relay told it. */
  #listed: readonly MatchSummary[] = [];
  #pings = 0;
  #playAgain: ReturnType<typeof setTimeout> | undefined;

  /** `url` is the relay's `ws:` or `wss:` address, path included. */
  constructor(url: string, handlers: Partial<SessionHandlers>, options: SessionOptions = {}) {
    this.#handlers = handlers;
    this.#identity = new SignIn(options.domain ?? new URL(url).host, {
      send: (message) => this.#send(message),
      restart: (reason) => this.#link.restart(reason),
      signedIn: () => {
        if (this.#wanted !== undefined && this.#play !== undefined) this.#playMatch(this.#wanted);
      },
      refused: (code, message) => handlers.refused?.(code, message),
      wallet: (address) => handlers.wallet?.(address),
    });
    this.#inputs = new InputChain({
      send: (message) => this.#send(message),
      answered: (outcome) => handlers.answered?.(outcome),
    });
    const link = {
      opened: () => this.#opened(),
      received: (bytes: Uint8Array) => this.#received(bytes),
      changed: (state: LinkState) => this.#changed(state),
      quiet: () => {
        this.#pings += 1;
        this.#send({ kind: "ping", value: { id: this.#pings } });
      },
    };
    this.#link = new Link(url, link, options.Socket);
  }

  start(): void {
    this.#link.start();
  }

  /** Closes the connection for good. */
  stop(): void {
    this.#stopFollowing();
    this.#link.stop();
  }

  retryNow(): void {
    this.#link.retryNow();
  }

  /** Follows `match` instead of the one so far, as a player if `play` says so; nothing when undefined. */
  follow(match: string | undefined, play?: SessionPlay): void {
    const isSamePlay =
      play?.signer.address === this.#play?.signer.address && play?.wallet === this.#play?.wallet;
    if (match === this.#wanted && isSamePlay) return;
    const before = this.#wanted;
    if (match !== before) this.#frames.reset();
    this.#wanted = match;
    this.#play = play;
    if (play === undefined) this.#identity.rest();
    this.#stopFollowing();
    if (match === undefined) {
      if (before !== undefined) this.#send({ kind: "unwatch", value: null });
      return;
    }
    this.#ask();
  }

  /** Stops the frames; the place is kept. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#confirmed = false;
    this.#send({ kind: "unwatch", value: null });
    this.#send({ kind: "unwatch_directory", value: null });
  }

  /** Goes on with one message from where it stopped. */
  unpause(): void {
    this.#link.probe();
    if (!this.#paused) return;
    this.#paused = false;
    this.#send({ kind: "watch_directory", value: null });
    this.#ask();
  }

  /**
   * Says where `warrior` goes from now on. False when it cannot be said now: the match is not played on this
   * socket, or no tick has come yet. The answer comes as `answered`.
   */
  move(warrior: number, heading: Heading): boolean {
    const tick = this.#frames.tick;
    if (!this.playing || this.#player === undefined || tick === undefined) return false;
    this.#inputs.push({ slot: this.#player.slot, tick, warrior, heading });
    return true;
  }

  /** Whether inputs can be sent. */
  get playing(): boolean {
    return this.#confirmed && this.#player !== undefined && this.#link.state.kind === "online";
  }

  /**
   * Asks a wallet to sign in, so that the relay knows it on this socket and, by a token, on those after it. The
   * address comes as `wallet`. Not needed to play: a session key signs in by itself. Rejects with a `SignInFailed`,
   * whose `cause` is the wallet's own error where there was one.
   */
  signIn(wallet: WalletSigner): Promise<void> {
    return this.#identity.signIn(wallet);
  }

  /** Has the relay forget the wallet that signed in. */
  signOut(): void {
    this.#identity.signOut();
  }

  /** The wallet that is signed in. */
  get wallet(): string | undefined {
    return this.#identity.wallet;
  }

  /** Signs a result; call it only for one that was checked. */
  async cosign(offer: SettlementOffer, slot: number): Promise<void> {
    const play = this.#play;
    if (play === undefined) return;
    const signature = await signText(play.signer, await cosignMessage(offer));
    const { match, expires_slot } = offer;
    this.#send({ kind: "cosign", value: { match, slot, expires_slot, signature } });
  }

  #changed(state: LinkState): void {
    if (state.kind !== "online") {
      this.#identity.lost("code" in state ? state.code : undefined);
      this.#stopFollowing();
    }
    this.#handlers.link?.(state);
  }

  #stopFollowing(): void {
    clearTimeout(this.#playAgain);
    this.#confirmed = false;
    this.#player = undefined;
    this.#inputs.stop();
  }

  #opened(): void {
    if (this.#paused) return;
    this.#send({ kind: "watch_directory", value: null });
    this.#ask();
  }

  /** Asks to follow what is wanted, signing in before if it is to be played. */
  #ask(): void {
    const match = this.#wanted;
    if (match === undefined || this.#paused || this.#link.state.kind !== "online") return;
    if (this.#play !== undefined && this.#identity.isReady(this.#play)) this.#playMatch(match);
    // The picture need not wait for the sign-in.
    else if (this.#link.state.kind === "online") this.#watch(match, "bundled");
  }

  #watch(match: string, rate: "every" | "bundled"): void {
    const tick = this.#frames.tick;
    this.#send(
      tick === undefined
        ? { kind: "watch", value: { match, rate } }
        : { kind: "resume", value: { token: null, match, last_tick: tick, rate } },
    );
  }

  #playMatch(match: string): void {
    this.#send({ kind: "play", value: { match } });
  }

  #received(bytes: Uint8Array): void {
    try {
      if (!isFrame(bytes)) this.#control(decodeServerMessage(bytes));
      else if (this.#confirmed) this.#frames.receive(bytes, (tick) => this.#handlers.tick?.(tick));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      console.error(`aurelius: ${error.message}`);
      this.#frames.reset();
      this.#link.restart(error.message);
    }
  }

  #control(message: ServerMessage): void {
    switch (message.kind) {
      case "hello":
        this.#identity.greeted(message.value);
        break;
      case "welcome":
        this.#identity.welcomed(message.value);
        break;
      case "directory":
        this.#listed = message.value.matches;
        this.#handlers.directory?.(this.#listed);
        break;
      case "directory_changes":
        this.#listed = updatedList(this.#listed, message.value.changed, message.value.gone);
        this.#handlers.directory?.(this.#listed);
        break;
      case "watching":
        this.#watching(message.value.detail, message.value.player);
        break;
      case "event":
        if (message.value.match === this.#wanted && this.#confirmed)
          this.#handlers.event?.(message.value.event);
        break;
      case "ack":
        this.#inputs.acked(message.value.sequence, message.value.tick);
        break;
      case "reject":
        this.#inputs.rejected(message.value.sequence, message.value.reason, message.value.chain);
        break;
      case "settlement_offer":
        if (message.value.match === this.#wanted) this.#handlers.offered?.(message.value);
        break;
      case "cosign_ack":
        if (message.value.match === this.#wanted) this.#handlers.cosigned?.(undefined);
        break;
      case "cosign_reject":
        if (message.value.match === this.#wanted) this.#handlers.cosigned?.(message.value.reason);
        break;
      case "error":
        this.#error(message.value.code, message.value.message);
        break;
      case "restarting":
        this.#link.holdOff(message.value.retry_after_ms);
        break;
      case "pong":
        break;
    }
  }

  #watching(detail: MatchDetail, player: PlayerInfo | null): void {
    if (detail.summary.match !== this.#wanted) return;
    this.#confirmed = true;
    this.#player = player ?? undefined;
    if (player !== null && this.#play !== undefined) {
      this.#inputs.start({ match: detail.summary.match, signer: this.#play.signer });
    }
    this.#handlers.watching?.(detail, player);
  }

  #error(code: ErrorCode, message: string): void {
    if (code === "bad_token") {
      this.#identity.tokenRefused();
      return;
    }
    if (code === "not_a_player" && this.#play !== undefined) {
      clearTimeout(this.#playAgain);
      this.#playAgain = setTimeout(() => this.#ask(), PLAY_AGAIN_MS);
      return;
    }
    this.#handlers.refused?.(code, message);
  }

  #send(message: ClientMessage): boolean {
    return this.#link.send(encodeClientMessage(message));
  }
}
