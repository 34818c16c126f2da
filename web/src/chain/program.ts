/**
 * What a player asks of the escrow program, and what its accounts say.
 *
 * Layouts: `idl/aurelius.json` and `programs/aurelius/src/state`. Invariant: an account is read only if the program
 * owns it and it begins with its kind's discriminator. Absent: what operators and challengers do.
 */
import { fromBase58, toBase58, toHex } from "@aurelius/sdk/wire";
import {
  AccountRole,
  type Address,
  address,
  getAddressEncoder,
  getProgramDerivedAddress,
  type Instruction,
} from "@solana/kit";
import { callRpc, type ChainInfo } from "./info";
import { fromBase64 } from "./transact";

const SYSTEM_PROGRAM = address("11111111111111111111111111111111");
const ASSOCIATED_TOKEN_PROGRAM = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

const DISCRIMINATOR = {
  enter: [139, 49, 209, 114, 88, 91, 77, 134],
  leave: [59, 234, 148, 108, 107, 149, 173, 112],
  cancel: [232, 219, 223, 41, 219, 236, 220, 190],
  voidMatch: [108, 111, 216, 72, 110, 46, 217, 140],
  refund: [2, 96, 183, 251, 63, 208, 46, 46],
  claim: [62, 198, 214, 193, 213, 159, 108, 210],
  finalize: [171, 61, 218, 56, 127, 115, 12, 217],
} as const;
const MATCH_DISCRIMINATOR = "ec3fa9260f38c4a2";
const ENTRY_DISCRIMINATOR = "3f127198d7f6ddfa";
const ENTRY_BYTES = 191;
const HEADER_BYTES = 1192;
const SLOT_BYTES = 56;

export type OnChainStatus =
  | "open"
  | "locked"
  | "live"
  | "proposed"
  | "settled"
  | "cancelled"
  | "voided"
  | "other";
const STATUSES: readonly OnChainStatus[] = [
  "open",
  "locked",
  "live",
  "proposed",
  "settled",
  "cancelled",
  "voided",
];

/** One player in a match account. */
export interface OnChainPlayer {
  readonly slot: number;
  readonly player: string;
  readonly paid: bigint;
  /** Payout, or refund of a late entry that was never admitted; known once a result is proposed. */
  readonly payout: bigint;
  readonly warriors: number;
  readonly claimed: boolean;
  readonly refunded: boolean;
}

/** What a match account says. Deadlines are slots. */
export interface OnChainMatch {
  readonly key: string;
  readonly status: OnChainStatus;
  readonly stake: bigint;
  readonly operator: Address;
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly vault: Address;
  readonly rulesHash: string;
  readonly seed: string;
  readonly lastLeaf: string;
  readonly cluster: string;
  readonly lockDeadline: number;
  readonly entropyDeadline: number;
  readonly progressDeadline: number;
  readonly challengeDeadline: number;
  readonly players: readonly OnChainPlayer[];
}

interface AccountAnswer {
  readonly owner: string;
  readonly data: readonly [string, string];
}

/** An account's bytes if `owner` owns it. */
export async function fetchAccount(
  rpc: string,
  key: string,
  owner: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const answer = await callRpc(rpc, "getAccountInfo", [key, { encoding: "base64", commitment: "confirmed" }]);
  const account = (answer as { value: AccountAnswer | null }).value;
  return account === null || account.owner !== owner ? undefined : fromBase64(account.data[0]);
}

/** The match account; undefined where there is none (any more). */
export async function fetchOnChainMatch(
  { rpc, program }: ChainInfo,
  key: string,
): Promise<OnChainMatch | undefined> {
  const bytes = await fetchAccount(rpc, key, program);
  return bytes === undefined ? undefined : decodeMatch(key, bytes);
}

/** From the account's bytes; undefined when they are not a match's. */
export function decodeMatch(key: string, bytes: Uint8Array<ArrayBuffer>): OnChainMatch | undefined {
  if (bytes.length < HEADER_BYTES || toHex(bytes.subarray(0, 8)) !== MATCH_DISCRIMINATOR) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // Offsets of the layout are behind the discriminator.
  const u64 = (offset: number): number => Number(view.getBigUint64(8 + offset, true));
  const key32 = (offset: number): Address => address(toBase58(bytes.subarray(8 + offset, 40 + offset)));
  const hash = (offset: number): string => toHex(bytes.subarray(8 + offset, 40 + offset));
  return {
    key,
    status: STATUSES[bytes[11] ?? 255] ?? "other",
    stake: view.getBigUint64(48, true),
    operator: key32(224),
    mint: key32(288),
    tokenProgram: key32(320),
    vault: key32(352),
    rulesHash: hash(576),
    seed: hash(704),
    lastLeaf: hash(768),
    cluster: toBase58(bytes.subarray(1000, 1032)),
    lockDeadline: u64(112),
    entropyDeadline: u64(136),
    progressDeadline: u64(160),
    challengeDeadline: u64(176),
    players: decodePlayers(bytes, view),
  };
}

const FLAG = { entered: 1, claimed: 2, refunded: 4 } as const;

function decodePlayers(bytes: Uint8Array, view: DataView): OnChainPlayer[] {
  const players: OnChainPlayer[] = [];
  for (let at = HEADER_BYTES; at + SLOT_BYTES <= bytes.length; at += SLOT_BYTES) {
    const flags = bytes[at + 50] ?? 0;
    if ((flags & FLAG.entered) === 0) continue;
    players.push({
      slot: (at - HEADER_BYTES) / SLOT_BYTES,
      player: toBase58(bytes.subarray(at, at + 32)),
      paid: view.getBigUint64(at + 32, true),
      payout: view.getBigUint64(at + 40, true),
      warriors: bytes[at + 48] ?? 0,
      claimed: (flags & FLAG.claimed) !== 0,
      refunded: (flags & FLAG.refunded) !== 0,
    });
  }
  return players;
}

/** What an entry says. */
export interface OnChainEntry {
  readonly match: string;
  readonly player: string;
  readonly sessionKey: string;
  readonly rentPayer: string;
  readonly paid: bigint;
}

/** From the account's bytes; undefined when they are not an entry's. */
export function decodeEntry(bytes: Uint8Array<ArrayBuffer>): OnChainEntry | undefined {
  if (bytes.length !== ENTRY_BYTES || toHex(bytes.subarray(0, 8)) !== ENTRY_DISCRIMINATOR) return undefined;
  const key = (offset: number): string => toBase58(bytes.subarray(offset, offset + 32));
  return {
    match: key(15),
    player: key(47),
    sessionKey: key(79),
    rentPayer: key(111),
    paid: new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(143, true),
  };
}

/** The addresses that instructions about one entry share. */
export class Escrow {
  readonly #match: OnChainMatch;
  readonly #program: Address;

  constructor(info: ChainInfo, match: OnChainMatch) {
    this.#match = match;
    this.#program = address(info.program);
  }

  /** Pays the stake of `warriors` into the vault and registers the session key. */
  async enter(player: string, warriors: number, sessionKey: string): Promise<Instruction[]> {
    const match = this.#match;
    const who = address(player);
    const data = new Uint8Array(8 + 1 + 32 + 8 + 32);
    data.set(DISCRIMINATOR.enter, 0);
    data[8] = warriors;
    data.set(fromBase58(sessionKey, 32), 9);
    new DataView(data.buffer).setBigUint64(41, match.stake, true);
    data.set(hexBytes(match.rulesHash), 49);
    return [
      await this.#makeTokenAccount(who, who),
      this.#instruction(data, [
        [who, AccountRole.READONLY_SIGNER],
        [who, AccountRole.WRITABLE_SIGNER],
        [await this.#pda("config"), AccountRole.READONLY],
        [address(match.key), AccountRole.WRITABLE],
        [await this.entry(player), AccountRole.WRITABLE],
        [match.vault, AccountRole.WRITABLE],
        [match.mint, AccountRole.READONLY],
        [await tokenAccount(who, match.mint, match.tokenProgram), AccountRole.WRITABLE],
        [match.tokenProgram, AccountRole.READONLY],
        [SYSTEM_PROGRAM, AccountRole.READONLY],
        ...(await this.#events()),
      ]),
    ];
  }

  /** Takes the stake back while the match is open; the entry's rent returns to `rentPayer`. */
  async leave(player: string, rentPayer: string): Promise<Instruction[]> {
    const who = address(player);
    return [
      await this.#makeTokenAccount(who, who),
      this.#instruction(Uint8Array.from(DISCRIMINATOR.leave), [
        [who, AccountRole.READONLY_SIGNER],
        [address(this.#match.key), AccountRole.WRITABLE],
        [await this.entry(player), AccountRole.WRITABLE],
        [address(rentPayer), AccountRole.WRITABLE],
        [this.#match.vault, AccountRole.WRITABLE],
        [this.#match.mint, AccountRole.READONLY],
        [await tokenAccount(who, this.#match.mint, this.#match.tokenProgram), AccountRole.WRITABLE],
        [this.#match.tokenProgram, AccountRole.READONLY],
        ...(await this.#events()),
      ]),
    ];
  }

  /** What the match owes to `player`, paid to their own token account. */
  async pay(kind: "claim" | "refund", caller: string, player: string): Promise<Instruction[]> {
    const { mint, tokenProgram, vault, key } = this.#match;
    const who = address(player);
    return [
      await this.#makeTokenAccount(address(caller), who),
      this.#instruction(Uint8Array.from(DISCRIMINATOR[kind]), [
        [address(caller), AccountRole.READONLY_SIGNER],
        [address(key), AccountRole.WRITABLE],
        [await this.entry(player), AccountRole.WRITABLE],
        [vault, AccountRole.WRITABLE],
        [mint, AccountRole.READONLY],
        [await tokenAccount(who, mint, tokenProgram), AccountRole.WRITABLE],
        [tokenProgram, AccountRole.READONLY],
        ...(await this.#events()),
      ]),
    ];
  }

  /** Ends a match whose operator let a deadline pass. */
  async giveUp(kind: "cancel" | "voidMatch", caller: string): Promise<Instruction[]> {
    return [
      this.#instruction(Uint8Array.from(DISCRIMINATOR[kind]), [
        [address(caller), AccountRole.READONLY_SIGNER],
        [address(this.#match.key), AccountRole.WRITABLE],
        [this.#match.operator, AccountRole.WRITABLE],
        ...(await this.#events()),
      ]),
    ];
  }

  /** Settles a proposed result whose window has passed. */
  async finalize(): Promise<Instruction[]> {
    return [
      this.#instruction(Uint8Array.from(DISCRIMINATOR.finalize), [
        [address(this.#match.key), AccountRole.WRITABLE],
        [this.#match.operator, AccountRole.WRITABLE],
        ...(await this.#events()),
      ]),
    ];
  }

  async entry(player: string): Promise<Address> {
    return this.#pda("entry", this.#match.key, player);
  }

  #instruction(data: Uint8Array, accounts: readonly (readonly [Address, AccountRole])[]): Instruction {
    return {
      programAddress: this.#program,
      accounts: accounts.map(([account, role]) => ({ address: account, role })),
      data,
    };
  }

  async #events(): Promise<[Address, AccountRole][]> {
    return [
      [await this.#pda("__event_authority"), AccountRole.READONLY],
      [this.#program, AccountRole.READONLY],
    ];
  }

  async #pda(seed: string, ...keys: readonly string[]): Promise<Address> {
    const encoder = getAddressEncoder();
    const seeds = [seed, ...keys.map((key) => encoder.encode(address(key)))];
    return (await getProgramDerivedAddress({ programAddress: this.#program, seeds }))[0];
  }

  /** Makes the canonical token account unless it is there. */
  async #makeTokenAccount(payer: Address, owner: Address): Promise<Instruction> {
    const { mint, tokenProgram } = this.#match;
    return {
      programAddress: ASSOCIATED_TOKEN_PROGRAM,
      accounts: [
        { address: payer, role: AccountRole.WRITABLE_SIGNER },
        { address: await tokenAccount(owner, mint, tokenProgram), role: AccountRole.WRITABLE },
        { address: owner, role: AccountRole.READONLY },
        { address: mint, role: AccountRole.READONLY },
        { address: SYSTEM_PROGRAM, role: AccountRole.READONLY },
        { address: tokenProgram, role: AccountRole.READONLY },
      ],
      data: Uint8Array.of(1),
    };
  }
}

/** The canonical token account of `owner`: the only one that payouts and refunds go to. */
export async function tokenAccount(owner: string, mint: string, tokenProgram: string): Promise<Address> {
  const encoder = getAddressEncoder();
  const seeds = [owner, tokenProgram, mint].map((key) => encoder.encode(address(key)));
  return (await getProgramDerivedAddress({ programAddress: ASSOCIATED_TOKEN_PROGRAM, seeds }))[0];
}

function hexBytes(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
  );
}
