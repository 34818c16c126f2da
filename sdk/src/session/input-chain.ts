/**
 * The chain of a player's signed inputs.
 *
 * Each input is signed over the hash of the one before (docs/PROTOCOL.md, section 2) and sent at once, without
 * waiting for the answer to the last. Invariants: inputs are signed and sent in the order in which they were
 * pushed; answers are matched with inputs in the order of sending; a rejection that tells where the chain
 * stands moves the head there exactly once, and what came after it under the old head is sent again. Absent: how often
 * a heading may change (`mover.ts`), and sockets.
 */
import { type ClientMessage, type Heading, type ServerMessage, toHex } from "../wire/index.js";
import { inputMessage, type SessionSigner, sha256, signText } from "./signing.js";

type Reject = Extract<ServerMessage, { kind: "reject" }>["value"];
export type RejectReason = Reject["reason"];

export interface Move {
  readonly slot: number;
  /** The newest tick received. */
  readonly tick: number;
  readonly warrior: number;
  readonly heading: Heading;
}

/** What became of an input. */
export type Outcome = {
  readonly warrior: number;
  readonly heading: Heading;
  /** From sending to the answer. */
  readonly latencyMs: number;
} & (
  | {
      readonly kind: "acked" /** On which the heading changes. */;
      readonly tick: number;
      readonly sequence: number;
    }
  | { readonly kind: "rejected"; readonly reason: RejectReason }
);

interface Sent extends Move {
  readonly sequence: number;
  readonly head: string;
  readonly epoch: number;
  readonly sentAtMs: number;
}

interface Place {
  /** Of the next input. */
  readonly sequence: number;
  /** Hash of the last input, hex. */
  readonly head: string;
}

interface InputChainHandlers {
  send(message: ClientMessage): boolean;
  answered(outcome: Outcome): void;
}

const START: Place = { sequence: 1, head: "00".repeat(32) };
/** Rejections after which the same input may be taken at the chain's right place. */
const MISPLACED: ReadonlySet<RejectReason> = new Set(["wrong_sequence", "wrong_previous"]);

export class InputChain {
  readonly #handlers: InputChainHandlers;
  #match: string | undefined;
  #signer: SessionSigner | undefined;
  #place: Place = START;
  /** Behind the last acked input; where to go on after a lost connection. */
  #acked: Place = START;
  #flying: Sent[] = [];
  #waiting: Move[] = [];
  #signing = false;
  /** Counts moves of the head by rejections and reconnects. */
  #epoch = 0;

  constructor(handlers: InputChainHandlers) {
    this.#handlers = handlers;
  }

  /** The match is played from now on, on a fresh socket or after a pause. */
  start({ match, signer }: { readonly match: string; readonly signer: SessionSigner }): void {
    if (match !== this.#match || signer.address !== this.#signer?.address) this.#acked = START;
    this.#match = match;
    this.#signer = signer;
    this.#place = this.#acked;
    this.#epoch += 1;
    this.#flying = [];
    this.#waiting = [];
  }

  /** The socket is gone or follows another match: unanswered inputs are forgotten. */
  stop(): void {
    this.#epoch += 1;
    this.#flying = [];
    this.#waiting = [];
  }

  push(move: Move): void {
    this.#waiting.push(move);
    void this.#pump();
  }

  acked(sequence: number, tick: number): void {
    const sent = this.#take(sequence);
    if (sent === undefined) return;
    this.#acked = { sequence: sequence + 1, head: sent.head };
    this.#handlers.answered({ kind: "acked", ...outcomeOf(sent), tick, sequence });
  }

  rejected(sequence: number, reason: RejectReason, chain: Reject["chain"]): void {
    const sent = this.#take(sequence);
    if (sent === undefined) return;
    if (sent.epoch === this.#epoch && chain !== null) {
      this.#epoch += 1;
      this.#place = { sequence: chain.expected_sequence, head: chain.head };
      this.#acked = this.#place;
      // Those behind it carry a head that will not come to be.
      const behind = this.#flying.filter((other) => other.epoch === sent.epoch);
      this.#waiting.unshift(...newestOfEach(MISPLACED.has(reason) ? [sent, ...behind] : behind));
      void this.#pump();
    }
    if (!MISPLACED.has(reason)) this.#handlers.answered({ kind: "rejected", ...outcomeOf(sent), reason });
  }

  #take(sequence: number): Sent | undefined {
    const index = this.#flying.findIndex((sent) => sent.sequence === sequence);
    return index < 0 ? undefined : this.#flying.splice(index, 1)[0];
  }

  async #pump(): Promise<void> {
    if (this.#signing) return;
    this.#signing = true;
    try {
      for (let move = this.#waiting.shift(); move !== undefined; move = this.#waiting.shift()) {
        await this.#sendOne(move);
      }
    } finally {
      this.#signing = false;
    }
  }

  async #sendOne(move: Move): Promise<void> {
    const match = this.#match;
    const signer = this.#signer;
    if (match === undefined || signer === undefined) return;
    const epoch = this.#epoch;
    const { sequence, head: previous } = this.#place;
    const { slot, tick, warrior, heading } = move;
    const input = { match, slot, sequence, previous, tick, warrior, heading };
    const bytes = inputMessage(input);
    const [signature, hash] = await Promise.all([signText(signer, bytes), sha256(bytes)]);
    if (epoch !== this.#epoch) {
      // The head moved meanwhile: sign anew. Where the socket went, sending fails.
      this.#waiting.unshift(move);
      return;
    }
    const head = toHex(hash);
    if (!this.#handlers.send({ kind: "input", value: { input, signature } })) return;
    this.#place = { sequence: sequence + 1, head };
    this.#flying.push({ ...move, sequence, head, epoch, sentAtMs: performance.now() });
  }
}

function outcomeOf({ warrior, heading, sentAtMs }: Sent): {
  readonly warrior: number;
  readonly heading: Heading;
  readonly latencyMs: number;
} {
  return { warrior, heading, latencyMs: performance.now() - sentAtMs };
}

/** The last move of each warrior, in order. */
function newestOfEach(moves: readonly Move[]): Move[] {
  return moves.filter(
    (move, index) => !moves.slice(index + 1).some((later) => later.warrior === move.warrior),
  );
}
