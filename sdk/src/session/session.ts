/**
 * What the page wants from the relay, kept up over every reconnect.
 *
 * Owns which match is followed, the frame state, and the translation between bytes and meaning.
 * Invariants: ticks are handed over only for the match asked for last, in order; after a reconnect
 * the same match is resumed from the last tick. Absent: signing in and playing.
 */
import type { Tick } from "../wire/snapshot.js";
import { WireError } from "../wire/bytes.js";
import {
  decodeServerMessage,
  encodeClientMessage,
  type ClientMessage,
  type ErrorCode,
  type ServerMessage,
} from "../wire/control.js";
import type { MatchDetail, MatchEvent, MatchSummary } from "../wire/directory.js";
import { isFrame } from "../wire/frame.js";
import { FrameState } from "../wire/frame-state.js";
import { Link, type LinkState } from "./link.js";

export interface SessionHandlers {
  link(state: LinkState): void;
  /** The relay's list of matches. */
  directory(matches: readonly MatchSummary[]): void;
  /** The match asked for is followed from now on. */
  watching(detail: MatchDetail): void;
  event(event: MatchEvent): void;
  tick(tick: Tick): void;
  /** The match asked for cannot be followed. */
  refused(code: ErrorCode, message: string): void;
}

export class Session {
  readonly #link: Link;
  readonly #handlers: SessionHandlers;
  readonly #frames = new FrameState();
  #wanted: string | undefined;
  /** Whether the relay confirmed `#wanted` on this socket. */
  #confirmed = false;
  #pings = 0;

  constructor(url: string, handlers: SessionHandlers) {
    this.#handlers = handlers;
    this.#link = new Link(url, {
      opened: () => this.#opened(),
      received: (bytes) => this.#received(bytes),
      changed: (state) => handlers.link(state),
      quiet: () => {
        this.#pings += 1;
        this.#send({ kind: "ping", value: { id: this.#pings } });
      },
    });
  }

  start(): void {
    this.#link.start();
  }

  retryNow(): void {
    this.#link.retryNow();
  }

  /** Follows `match` instead of the one so far; nothing when undefined. */
  follow(match: string | undefined): void {
    if (match === this.#wanted) return;
    const before = this.#wanted;
    this.#wanted = match;
    this.#confirmed = false;
    this.#frames.reset();
    if (match !== undefined) this.#send({ kind: "watch", value: { match, rate: "bundled" } });
    else if (before !== undefined) this.#send({ kind: "unwatch", value: null });
  }

  #opened(): void {
    this.#confirmed = false;
    this.#send({ kind: "watch_directory", value: null });
    const match = this.#wanted;
    if (match === undefined) return;
    const tick = this.#frames.tick;
    this.#send(
      tick === undefined
        ? { kind: "watch", value: { match, rate: "bundled" } }
        : { kind: "resume", value: { token: null, match, last_tick: tick, rate: "bundled" } },
    );
  }

  #received(bytes: Uint8Array): void {
    try {
      if (!isFrame(bytes)) this.#control(decodeServerMessage(bytes));
      else if (this.#confirmed) this.#frames.receive(bytes, (tick) => this.#handlers.tick(tick));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      console.error(`aurelius: ${error.message}`);
      this.#frames.reset();
      this.#link.restart(error.message);
    }
  }

  #control(message: ServerMessage): void {
    switch (message.kind) {
      case "directory":
        this.#handlers.directory(message.value.matches);
        break;
      case "watching":
        if (message.value.detail.summary.match !== this.#wanted) break;
        this.#confirmed = true;
        this.#handlers.watching(message.value.detail);
        break;
      case "event":
        if (message.value.match === this.#wanted && this.#confirmed)
          this.#handlers.event(message.value.event);
        break;
      case "error":
        this.#handlers.refused(message.value.code, message.value.message);
        break;
      case "restarting":
        this.#link.holdOff(message.value.retry_after_ms);
        break;
      default:
        // Sign-in, input answers and offers to sign concern players only.
        break;
    }
  }

  #send(message: ClientMessage): void {
    this.#link.send(encodeClientMessage(message));
  }
}

/** Address of the relay's socket beside the page. */
export function socketUrl(location: Location): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`;
}
