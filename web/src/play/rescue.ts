/**
 * What a wallet has in matches, and what it can do about it without anybody's help.
 *
 * Everything is read from the chain: the entries of the wallet, their matches and the slot. Invariant: an action is
 * offered only when the program would take it now; otherwise it is said from when on.
 */
import type { Instruction } from "@solana/kit";
import { callRpc, type ChainInfo } from "../chain/info";
import { decodeEntry, Escrow, fetchOnChainMatch, type OnChainMatch } from "../chain/program";
import { fromBase64, type Transactor } from "../chain/transact";
import type { WalletState } from "../wallet/wallets";

type ActionKind = "leave" | "cancel" | "void" | "refund" | "claim" | "finalize";

/** One entry of the wallet. */
export interface Claim {
  readonly match: OnChainMatch;
  readonly paid: bigint;
  /** What can be taken now; 0 when nothing is decided. */
  readonly owed: bigint;
  /** What goes on, or from when on something can be done. */
  readonly note: string;
  readonly action: { readonly kind: ActionKind; readonly label: string } | undefined;
  /** Where the entry's rent goes. */
  readonly rentPayer: string;
}

type Connected = Extract<WalletState, { kind: "connected" }>;

/** Where an entry names its player: behind discriminator, version, flags and match. */
const PLAYER_OFFSET = 8 + 7 + 32;
/** A slot lasts about this long. */
const SLOT_MS = 400;

interface ProgramAccount {
  readonly pubkey: string;
  readonly account: { readonly data: readonly [string, string] };
}

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
    const { rpc, program } = this.#info;
    const { address } = this.#wallet.account;
    const filters = [{ memcmp: { offset: PLAYER_OFFSET, bytes: address } }];
    const [accounts, slot] = await Promise.all([
      callRpc(rpc, "getProgramAccounts", [program, { encoding: "base64", commitment: "confirmed", filters }]),
      callRpc(rpc, "getSlot", [{ commitment: "confirmed" }]),
    ]);
    const entries = (accounts as readonly ProgramAccount[]).flatMap(({ account }) => {
      const entry = decodeEntry(fromBase64(account.data[0]));
      return entry === undefined || entry.player !== address ? [] : [entry];
    });
    const claims = await Promise.all(
      entries.map(async (entry) => {
        const match = await fetchOnChainMatch(this.#info, entry.match);
        return match === undefined ? [] : [judge(match, address, entry.rentPayer, Number(slot))];
      }),
    );
    return claims.flat().sort((a, b) => Number(b.action !== undefined) - Number(a.action !== undefined));
  }

  /** Does what is offered; `amount` is the owed one in words. */
  async act(claim: Claim, amount: string): Promise<void> {
    const { action, match } = claim;
    if (action === undefined) return;
    await this.#transactor.run(this.#info, this.#wallet, {
      title: action.label,
      lines: [explain(action.kind, amount)],
      instructions: () => this.#instructions(action.kind, match, claim.rentPayer),
    });
  }

  async #instructions(
    kind: ActionKind,
    match: OnChainMatch,
    rentPayer: string,
  ): Promise<readonly Instruction[]> {
    const escrow = new Escrow(this.#info, match);
    const { address } = this.#wallet.account;
    switch (kind) {
      case "leave":
        return escrow.leave(address, rentPayer);
      case "claim":
      case "refund":
        return escrow.pay(kind, address, address);
      case "cancel":
        return [
          ...(await escrow.giveUp("cancel", address)),
          ...(await escrow.pay("refund", address, address)),
        ];
      case "void":
        return [
          ...(await escrow.giveUp("voidMatch", address)),
          ...(await escrow.pay("refund", address, address)),
        ];
      case "finalize":
        return [...(await escrow.finalize()), ...(await escrow.pay("claim", address, address))];
    }
  }
}

function explain(kind: ActionKind, amount: string): string {
  switch (kind) {
    case "leave":
      return "Your stake comes back in full, and the entry's rent with it.";
    case "claim":
    case "refund":
      return `${amount} go to your own token account.`;
    case "cancel":
    case "void":
      return "The match ends and your whole stake comes back, in one transaction. The others can take theirs then.";
    case "finalize":
      return "The result becomes final, and your payout goes to your own token account.";
  }
}

/** What a wallet can do about its entry in `match` at `slot`. */
export function judge(match: OnChainMatch, wallet: string, rentPayer: string, slot: number): Claim {
  const player = match.players.find((one) => one.player === wallet);
  const paid = player?.paid ?? 0n;
  const base = { match, paid, owed: 0n, rentPayer, action: undefined };
  if (player === undefined) return { ...base, note: "The entry is closed." };
  const after = (deadline: number, kind: ActionKind, label: string, waiting: string): Claim =>
    slot > deadline
      ? { ...base, note: waiting, owed: kind === "finalize" ? player.payout : paid, action: { kind, label } }
      : {
          ...base,
          note: `${waiting} If the operator does nothing, you can act ${inWords(deadline - slot)}.`,
        };
  switch (match.status) {
    case "open":
      return slot > match.lockDeadline
        ? after(
            match.lockDeadline,
            "cancel",
            "Cancel the match and take the stake back",
            "It was never started.",
          )
        : {
            ...base,
            note: "The lobby is open; you can leave and get everything back.",
            action: { kind: "leave", label: "Leave and take the stake back" },
          };
    case "locked":
      return after(
        match.entropyDeadline,
        "void",
        "Void the match and take the stake back",
        "The seed is being drawn.",
      );
    case "live":
      return after(
        match.progressDeadline,
        "void",
        "Void the match and take the stake back",
        "The battle is on.",
      );
    case "proposed":
      return after(
        match.challengeDeadline,
        "finalize",
        "Make the result final and take the payout",
        "A result is in.",
      );
    case "settled":
      return player.claimed || player.payout === 0n
        ? { ...base, note: player.payout === 0n ? "Nothing was won." : "Paid out to your wallet." }
        : { ...base, owed: player.payout, note: "", action: { kind: "claim", label: "Take the payout" } };
    case "cancelled":
    case "voided":
      return player.refunded
        ? { ...base, note: "The stake was paid back." }
        : { ...base, owed: paid, note: "", action: { kind: "refund", label: "Take the stake back" } };
    case "other":
      return { ...base, note: "This page does not know the match's status; a newer one will." };
  }
}

function inWords(slots: number): string {
  const seconds = Math.ceil((slots * SLOT_MS) / 1000);
  if (seconds < 90) return `in about ${seconds} s`;
  if (seconds < 5_400) return `in about ${Math.round(seconds / 60)} min`;
  return `in about ${Math.round(seconds / 3_600)} h`;
}
