/**
 * Which entries this browser plays.
 *
 * A browser has session keys; the relay says which key each entry has, and for a while it may say it of the key before:
 * it hears of a key that replaced another at the lock. The chain is asked in between. Invariant: a key that the chain
 * does not hold any more plays nothing. Absent: making keys and keeping them (`key-store.ts`).
 */
import type { PlayerInfo } from "@aurelius/sdk/wire";
import type { KeptKey } from "./key-store";

/** An entry that this browser plays. */
export interface OwnEntry {
  readonly key: KeptKey;
  readonly player: PlayerInfo;
}

export class OwnKeys {
  readonly #keys = new Map<string, KeptKey>();
  /** Addresses of keys that the chain holds, whatever the relay says. */
  readonly #registered = new Set<string>();
  /** Addresses of keys in whose place the chain holds another browser's. */
  readonly #replaced = new Set<string>();
  #matches: ReadonlySet<string> | undefined;

  /** A key of this browser. */
  add(key: KeptKey): void {
    this.#keys.set(key.address, key);
    this.#matches = undefined;
  }

  /** The chain holds this key for its entry. */
  registered(key: KeptKey): void {
    this.#registered.add(key.address);
    this.#replaced.delete(key.address);
  }

  /** The chain holds another key for the entry of this one. */
  replaced(key: KeptKey): void {
    this.#replaced.add(key.address);
    this.#registered.delete(key.address);
  }

  /** Matches of which there are keys; the same object until there is another. */
  get matches(): ReadonlySet<string> {
    this.#matches ??= new Set(
      [...this.#keys.values()].flatMap(({ entry }) => (entry === undefined ? [] : [entry.match])),
    );
    return this.#matches;
  }

  /** The entry among `players` of a match that is played from here. */
  entryIn(match: string, players: readonly PlayerInfo[]): OwnEntry | undefined {
    for (const player of players) {
      const key = this.#keys.get(player.session) ?? this.#registeredFor(match, player.wallet);
      if (key?.entry?.match === match && !this.#replaced.has(key.address)) return { key, player };
    }
    return undefined;
  }

  #registeredFor(match: string, wallet: string): KeptKey | undefined {
    return [...this.#keys.values()].find(
      ({ address, entry }) =>
        this.#registered.has(address) && entry?.match === match && entry.wallet === wallet,
    );
  }
}
