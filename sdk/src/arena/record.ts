/**
 * What the chain says about a match: plain data that can be handed to a worker.
 *
 * Made from the program's own events and from the arguments of `post_checkpoint` (`history.ts`);
 * nothing of it is checked yet (`check.ts` does).
 */

export interface SegmentRecord {
  /** Packed inputs, as posted. */
  readonly inputs: Uint8Array;
  /** The operator's leaf after the segment. */
  readonly leaf: Uint8Array;
}

export interface CheckpointRecord {
  readonly index: number;
  readonly dripKey: Uint8Array;
  /** The hash of its scheduled slot, as the program read it. */
  readonly beacon: Uint8Array;
  readonly segments: readonly SegmentRecord[];
  /** As the program computed and recorded it. */
  readonly digest: Uint8Array;
  /** The transaction, base58, and its slot. */
  readonly signature: string;
  readonly slot: bigint;
  /** Late players who had paid before it was posted: how many entries of `players` count. */
  readonly playersKnown: number;
}

export interface PlayerRecord {
  readonly wallet: string;
  readonly sessionKey: string;
  /** Slot in the match account, which is the player index of the rules. */
  readonly slot: number;
  readonly warriors: number;
  readonly paid: bigint;
  /** First warrior of a late entry. */
  readonly late: { readonly firstWarrior: number } | null;
}

export interface StartRecord {
  readonly value: Uint8Array;
  readonly seed: Uint8Array;
  readonly genesisLeaf: Uint8Array;
  /** Player index of each warrior. */
  readonly owners: Uint8Array;
  readonly capacity: number;
  readonly signature: string;
}

export interface ResultRecord {
  readonly finalLeaf: Uint8Array;
  readonly pot: bigint;
  readonly fee: bigint;
  readonly burn: bigint;
  readonly refunded: bigint;
  readonly payouts: readonly bigint[];
  readonly signature: string;
}

export interface PaymentRecord {
  readonly wallet: string;
  readonly amount: bigint;
  readonly kind: "payout" | "refund";
  readonly signature: string;
}

export type Standing = "open" | "locked" | "live" | "proposed" | "settled" | "cancelled" | "voided";

export interface MatchRecord {
  /** 32 bytes of the match's address. */
  readonly match: Uint8Array;
  readonly rules: Uint8Array;
  readonly rulesHash: Uint8Array;
  readonly dripRoot: Uint8Array;
  readonly standing: Standing;
  /** In the order in which they entered; those who left are not in it. */
  readonly players: readonly PlayerRecord[];
  readonly start: StartRecord | null;
  readonly checkpoints: readonly CheckpointRecord[];
  readonly result: ResultRecord | null;
  readonly payments: readonly PaymentRecord[];
  /** Digests in the trace account; null once it is closed. */
  readonly trace: readonly Uint8Array[] | null;
}
