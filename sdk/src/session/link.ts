/**
 * The WebSocket to the relay, kept alive.
 *
 * Owns connecting, the liveness check, and coming back with jittered back-off. Invariants: at most
 * one socket exists; a state change is always announced; every frame is handed over in order.
 * Absent: what the messages mean, beyond the ones that keep the link itself going.
 */
import { backoffMs } from "./backoff.js";

export type LinkState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting"; readonly again: boolean }
  | { readonly kind: "online" }
  /** `code` is what the last socket was closed with (docs/PROTOCOL.md, section 6). */
  | { readonly kind: "waiting"; readonly retryAtMs: number; readonly code: number }
  /** The server said not to come back; only the user can try again. */
  | { readonly kind: "closed"; readonly reason: string; readonly code: number };

export interface LinkHandlers {
  /** The socket is open: say what is wanted. */
  opened(): void;
  /** One binary message. */
  received(bytes: Uint8Array): void;
  /** The state changed. */
  changed(state: LinkState): void;
  /** The link has been quiet: send something that makes the server answer. */
  quiet(): void;
}

/** Close codes after which coming back by itself does no good (docs/PROTOCOL.md). */
const FINAL_CLOSES: ReadonlyMap<number, string> = new Map([
  [4000, "the server did not understand this page; reload it"],
  [4001, "the server did not understand this page; reload it"],
  [4005, "too many messages"],
  [4006, "too many connections from this address"],
  [4009, "this wallet is banned"],
  [4010, "the server speaks another version; reload the page"],
]);
/** The page's own reason to close; the server's begin at 4000. */
const OWN_CLOSE = 3000;
/** A link without a message for this long is asked for a sign of life. */
const QUIET_MS = 8_000;
/** And given up after this long. */
const DEAD_MS = 16_000;
/** A link that was left alone, by a locked phone or a tab in the background, has this long to answer. */
const PROBE_MS = 1_500;
/** A link that held this long starts the back-off over. */
const STABLE_MS = 10_000;

/** The platform's `WebSocket`, or another one that is used like it. */
export type SocketClass = new (url: string) => WebSocket;

const OPEN = 1;

export class Link {
  readonly #url: string;
  readonly #Socket: SocketClass | undefined;
  readonly #online = (): void => this.probe();
  readonly #handlers: LinkHandlers;
  #socket: WebSocket | undefined;
  #state: LinkState = { kind: "idle" };
  #attempt = 0;
  /** When the present socket opened; undefined until it did. */
  #openedAtMs: number | undefined;
  #everOpened = false;
  #heardAtMs = 0;
  #asked = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #probe: ReturnType<typeof setTimeout> | undefined;
  /** A wait the server asked for before it closed. */
  #askedWaitMs = 0;

  /** `Socket` is what makes the connections; the platform's unless given (Node.js has one from 22 on). */
  constructor(url: string, handlers: LinkHandlers, Socket?: SocketClass) {
    this.#url = url;
    this.#handlers = handlers;
    this.#Socket = Socket;
    globalThis.addEventListener?.("online", this.#online);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Connects unless connected. */
  start(): void {
    if (this.#socket === undefined && this.#retry === undefined) this.#connect();
  }

  /** Closes for good: no timer and no listener is left. */
  stop(): void {
    globalThis.removeEventListener?.("online", this.#online);
    clearTimeout(this.#retry);
    clearInterval(this.#pulse);
    clearTimeout(this.#probe);
    this.#retry = undefined;
    this.#probe = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
    this.#set({ kind: "idle" });
  }

  /** Skips the wait; also after the server closed for good. */
  retryNow(): void {
    if (this.#socket !== undefined || this.#state.kind === "idle") return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#connect();
  }

  /**
   * Somebody looks again after a while, or the network is back: skips the wait, and asks an open socket for a
   * sign of life. One that gives none in time is replaced at once, whatever the machine believes of it.
   */
  probe(): void {
    const socket = this.#socket;
    if (socket === undefined) {
      this.retryNow();
      return;
    }
    if (this.#state.kind !== "online" || this.#probe !== undefined) return;
    const askedAtMs = performance.now();
    this.#handlers.quiet();
    this.#probe = setTimeout(() => {
      this.#probe = undefined;
      if (this.#socket !== socket || this.#heardAtMs >= askedAtMs) return;
      this.#socket = undefined;
      socket.close(OWN_CLOSE);
      this.#connect();
    }, PROBE_MS);
  }

  /** Sends now, or says that it could not. */
  send(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(bytes);
    return true;
  }

  /** The server restarts and wants this much peace first. */
  holdOff(waitMs: number): void {
    this.#askedWaitMs = waitMs;
  }

  /** Drops the socket and comes back: what arrived made no sense. */
  restart(reason: string): void {
    this.#socket?.close(OWN_CLOSE, reason.slice(0, 100));
    this.#lost(OWN_CLOSE);
  }

  #connect(): void {
    this.#set({ kind: "connecting", again: this.#everOpened || this.#attempt > 0 });
    this.#openedAtMs = undefined;
    const socket = new (this.#Socket ?? WebSocket)(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    const current = (): boolean => this.#socket === socket;
    this.#heardAtMs = performance.now();
    this.#asked = false;
    clearInterval(this.#pulse);
    this.#pulse = setInterval(() => this.#check(), 1000);
    socket.onopen = () => {
      if (!current()) return;
      this.#openedAtMs = performance.now();
      this.#everOpened = true;
      this.#set({ kind: "online" });
      this.#handlers.opened();
    };
    socket.onmessage = (event: MessageEvent) => {
      if (!current()) return;
      this.#heardAtMs = performance.now();
      this.#asked = false;
      if (event.data instanceof ArrayBuffer) this.#handlers.received(new Uint8Array(event.data));
    };
    socket.onclose = (event) => {
      if (current()) this.#lost(event.code);
    };
  }

  #check(): void {
    const silence = performance.now() - this.#heardAtMs;
    if (silence > DEAD_MS) {
      this.#socket?.close();
      this.#lost(OWN_CLOSE);
    } else if (silence > QUIET_MS && !this.#asked) {
      this.#asked = true;
      this.#handlers.quiet();
    }
  }

  #lost(code: number): void {
    clearInterval(this.#pulse);
    this.#socket = undefined;
    const final = FINAL_CLOSES.get(code);
    if (final !== undefined) {
      this.#set({ kind: "closed", reason: final, code });
      return;
    }
    if (this.#openedAtMs !== undefined && performance.now() - this.#openedAtMs > STABLE_MS) this.#attempt = 0;
    const waitMs = backoffMs(this.#attempt, Math.random()) + this.#askedWaitMs;
    this.#askedWaitMs = 0;
    this.#attempt += 1;
    this.#set({ kind: "waiting", retryAtMs: performance.now() + waitMs, code });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#connect();
    }, waitMs);
  }

  #set(state: LinkState): void {
    this.#state = state;
    this.#handlers.changed(state);
  }
}
