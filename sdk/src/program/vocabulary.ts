/**
 * The program's numbers in words.
 *
 * Invariant: a reader never throws on a number that is newer than it: it says "unknown". The words
 * are those of the wire (`docs/PROTOCOL.md`).
 */
import type { Match, PlayerSlot } from "../generated/index.js";

const STATUSES = ["open", "locked", "live", "proposed", "settled", "cancelled", "voided"] as const;
const MODES = ["blitz", "siege"] as const;

export type StatusName = (typeof STATUSES)[number] | "unknown";
export type ModeName = (typeof MODES)[number] | "unknown";

/** The byte of `Match.status` for each name. */
export const MatchStatusByte = {
  open: 0,
  locked: 1,
  live: 2,
  proposed: 3,
  settled: 4,
  cancelled: 5,
  voided: 6,
} as const satisfies Record<(typeof STATUSES)[number], number>;

export function statusOf(match: Pick<Match, "status">): StatusName {
  return STATUSES[match.status] ?? "unknown";
}

export function modeOf(match: Pick<Match, "mode">): ModeName {
  return MODES[match.mode] ?? "unknown";
}

/** Bits of `PlayerSlot.flags`. */
export const PlayerFlag = {
  entered: 1,
  /** The payout was paid. */
  claimed: 2,
  /** The stake was paid back. */
  refunded: 4,
  /** Entered after the start. */
  late: 8,
  /** The session key has signed the result. */
  cosigned: 16,
  /** The share of a slashed bond was paid. */
  compensated: 32,
} as const;

export function hasFlag(slot: Pick<PlayerSlot, "flags">, flag: keyof typeof PlayerFlag): boolean {
  return (slot.flags & PlayerFlag[flag]) !== 0;
}

/** A player with the slot they sit in. */
export interface SeatedPlayer extends PlayerSlot {
  /** Index in the match account, the same for the whole life of the match. */
  readonly slot: number;
}

/** The slots that somebody is in. */
export function playersOf(match: Pick<Match, "slots">): SeatedPlayer[] {
  return match.slots
    .map((player, slot) => ({ ...player, slot }))
    .filter((player) => hasFlag(player, "entered"));
}
