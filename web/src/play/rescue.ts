/**
 * What a wallet has in matches, and what it can do about it without anybody's help.
 *
 * Everything is read from the chain: the entries of the wallet, their matches and the slot. Invariant: an action is
 * offered only when the program would take it now; otherwise it is said from when on.
 */
import {
  cancel,
  claim,
  type Entry,
  type Exit,
  type ExitKind,
  exitsOf,
  finalize,
  findEntries,
  leave,
  loadMatch,
  type Match,
  refund,
  type StatusName,
  statusOf,
  voidMatch,
} from "@aurelius/sdk/program";
import { type Account, address, createNoopSigner, type Instruction } from "@solana/kit";
import type { ChainInfo } from "../chain/info";
import type { Transactor } from "../chain/transact";
import type { WalletState } from "../wallet/wallets";

/** One entry of the wallet. */
export interface Claim {
  readonly match: Account<Match>;
  readonly entry: Account<Entry>;
  readonly status: StatusName;
  /** What comes back by the action; 0 when nothing is decided. */
  readonly owed: bigint;
  /** How it stands, and from when on something can be done. */
  readonly note: string;
  readonly action: { readonly kind: ExitKind; readonly label: string } | undefined;
}

type Connected = Extract<WalletState, { kind: "connected" }>;

const CONFIRMED = { commitment: "confirmed" } as const;
/** A slot lasts about this long. */
const SLOT_MS = 400;

export class Rescue {
  readonly #info: ChainInfo;
  readonly #wallet: Connected;
  readonly #transactor: Transactor;

  constructor(info: ChainInfo, wallet: Connected, transactor: Transactor) {
    this.#info = info;
    this.#wallet = wallet;
    this.#transactor = transactor;
  }

  /** Every entry of the wallet that is on chain, what can be acted on first. */
  async claims(): Promise<readonly Claim[]> {
    const { client } = this.#info;
    const [entries, slot] = await Promise.all([
      findEntries(client, address(this.#wallet.account.address)),
      client.getSlot(CONFIRMED).send(),
    ]);
    const claims = await Promise.all(
      entries.map(async (entry) => {
        const match = await loadMatch(client, entry.data.matchKey, CONFIRMED);
        return match === null ? [] : [judge(match, entry, slot)];
      }),
    );
    return claims.flat().sort((a, b) => Number(b.action !== undefined) - Number(a.action !== undefined));
  }

  /** Does what is offered; `amount` is the owed one in words. */
  async act(one: Claim, amount: string): Promise<void> {
    const { action } = one;
    if (action === undefined) return;
    await this.#transactor.run(this.#info, this.#wallet, {
      title: action.label,
      lines: [WHAT[action.kind].replace("{amount}", amount)],
      instructions: () => this.#instructions(action.kind, one),
    });
  }

  /** Ending a match and taking what it frees are one transaction. */
  async #instructions(kind: ExitKind, { match, entry }: Claim): Promise<readonly Instruction[]> {
    const caller = createNoopSigner(address(this.#wallet.account.address));
    switch (kind) {
      case "leave":
        return leave(match, entry, caller);
      case "claim":
        return claim(match, caller.address, caller);
      case "refund":
      case "share":
        return refund(match, caller.address, caller);
      case "cancel":
        return [...(await cancel(match, caller)), ...(await refund(match, caller.address, caller))];
      case "void":
        return [...(await voidMatch(match, caller)), ...(await refund(match, caller.address, caller))];
      case "finalize":
        return [
          ...(await finalize(match)),
          // The program pays no nothing: whoever won none only ends the match.
          ...(payoutOf(match.data, entry.data) === 0n ? [] : await claim(match, caller.address, caller)),
        ];
    }
  }
}

const LABEL: Record<ExitKind, string> = {
  leave: "Leave and take the stake back",
  cancel: "Cancel the match and take the stake back",
  void: "Void the match and take the stake back",
  finalize: "Make the result final and take the payout",
  claim: "Take the payout",
  refund: "Take the stake back",
  share: "Take the share of the bond",
};

const WHAT: Record<ExitKind, string> = {
  leave: "Your stake comes back in full, and the entry's rent with it.",
  cancel: "The match ends and your whole stake comes back. The others can take theirs then.",
  void: "The match ends and your whole stake comes back. The others can take theirs then.",
  finalize: "The result becomes final, and your payout goes to your own token account.",
  claim: "{amount} go to your own token account.",
  refund: "{amount} go to your own token account.",
  share: "{amount} of the operator's bond go to your own token account.",
};

const NOTE: Partial<Record<StatusName, string>> = {
  open: "The lobby is open; you can leave and get everything back.",
  locked: "The seed is being drawn.",
  live: "The battle is on.",
  proposed: "A result is in.",
};

/** What the player of `entry` can do about `match` at `slot`. */
export function judge(match: Account<Match>, entry: Account<Entry>, slot: bigint): Claim {
  const status = statusOf(match.data);
  const exits = exitsOf(match.data, entry.data);
  const base = { match, entry, status, owed: 0n, action: undefined };
  // The last one that works already: a lobby that was never started is cancelled rather than left, and what a share
  // is taken with takes the stake as well.
  const ready = exits.filter((exit) => exit.fromSlot <= slot);
  const now = ready.at(-1);
  if (now !== undefined) {
    const action = { kind: now.kind, label: LABEL[now.kind] };
    return { ...base, owed: owedBy(ready, now, match.data, entry.data), note: NOTE[status] ?? "", action };
  }
  const next = exits[0];
  if (next?.kind === "share") {
    const when = inWords(Number(next.fromSlot - slot));
    return { ...base, note: `The stake was paid back. Your share of the operator's bond is paid ${when}.` };
  }
  if (next !== undefined) {
    const when = inWords(Number(next.fromSlot - slot));
    return { ...base, note: `${NOTE[status] ?? ""} If the operator does nothing, you can act ${when}.` };
  }
  const done = entry.data.claimed
    ? "Paid out to your wallet."
    : entry.data.refunded
      ? "The stake was paid back."
      : "Nothing was won.";
  return { ...base, note: status === "unknown" ? "This page does not know the match's status." : done };
}

/** What the result gives the player; 0 before there is one. */
function payoutOf(match: Match, entry: Entry): bigint {
  return match.slots[entry.slotIndex]?.payout ?? 0n;
}

/** Including what the second half of the transaction brings. */
function owedBy(ready: readonly Exit[], { kind, amount }: Exit, match: Match, entry: Entry): bigint {
  if (kind === "cancel" || kind === "void") return entry.paid;
  if (kind === "finalize") return payoutOf(match, entry);
  if (kind === "share") return ready.reduce((sum, exit) => sum + exit.amount, 0n);
  return amount;
}

function inWords(slots: number): string {
  const seconds = Math.ceil((slots * SLOT_MS) / 1000);
  if (seconds < 90) return `in about ${seconds} s`;
  if (seconds < 5_400) return `in about ${Math.round(seconds / 60)} min`;
  return `in about ${Math.round(seconds / 3_600)} h`;
}
