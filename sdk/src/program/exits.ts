/**
 * The ways out: what a player can do about a match by themselves, now or after which slot.
 *
 * A pure function of the accounts; the operator is needed for none of it. Invariant: at every status
 * there is a way, or nothing is owed.
 */
import type { Entry, Match } from "../generated/index.js";
import { hasFlag, statusOf } from "./vocabulary.js";

export type ExitKind = "leave" | "cancel" | "void" | "finalize" | "claim" | "refund" | "share";

export interface Exit {
  readonly kind: ExitKind;
  /** It works from this slot on; 0n means now. */
  readonly fromSlot: bigint;
  /** What comes back to the player by it, in the mint's smallest unit; 0n where it only opens the way. */
  readonly amount: bigint;
}

type MatchPart = Pick<
  Match,
  | "status"
  | "lockDeadline"
  | "entropyDeadline"
  | "progressDeadline"
  | "challengeDeadline"
  | "slots"
  | "slash"
  | "slashPayableSlot"
  | "compensationPerWarrior"
  | "warriorsAdmitted"
>;
type EntryPart = Pick<Entry, "paid" | "claimed" | "refunded" | "slotIndex">;

/** What the player of `entry` can do about `match`. Empty where nothing is owed any more. */
export function exitsOf(match: MatchPart, entry: EntryPart): Exit[] {
  if (entry.claimed) return [];
  switch (statusOf(match)) {
    case "open":
      return [
        { kind: "leave", fromSlot: 0n, amount: entry.paid },
        { kind: "cancel", fromSlot: match.lockDeadline + 1n, amount: 0n },
      ];
    case "locked":
      return [{ kind: "void", fromSlot: match.entropyDeadline + 1n, amount: 0n }];
    case "live":
      return [{ kind: "void", fromSlot: match.progressDeadline + 1n, amount: 0n }];
    case "proposed":
      return [{ kind: "finalize", fromSlot: match.challengeDeadline + 1n, amount: 0n }];
    case "settled": {
      const payout = match.slots[entry.slotIndex]?.payout ?? 0n;
      return payout === 0n ? [] : [{ kind: "claim", fromSlot: 0n, amount: payout }];
    }
    case "cancelled":
    case "voided": {
      const share = shareOf(match, entry.slotIndex);
      return [
        ...(entry.refunded ? [] : [{ kind: "refund", fromSlot: 0n, amount: entry.paid } as const]),
        ...(share === 0n
          ? []
          : [{ kind: "share", fromSlot: match.slashPayableSlot, amount: share } as const]),
      ];
    }
    default:
      return [];
  }
}

/** What the player still gets of a slashed bond: nothing for a late entry that was never admitted. */
function shareOf(match: MatchPart, slotIndex: number): bigint {
  const slot = match.slots[slotIndex];
  if (slot === undefined || match.slash === 0n || hasFlag(slot, "compensated")) return 0n;
  if (slot.firstWarrior >= match.warriorsAdmitted) return 0n;
  return match.compensationPerWarrior * BigInt(slot.warriors);
}
