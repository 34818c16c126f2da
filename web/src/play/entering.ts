/**
 * Into a match and out of it again.
 *
 * Owns the order of things: the session key is safe before anything is signed, what can be known beforehand is
 * checked before the wallet opens, and the wallet is asked once. Invariant: a check that fails costs nothing and
 * says what to do.
 */
import {
  enter,
  leave,
  loadEntry,
  loadMatch,
  playersOf,
  rotateSessionKey,
  statusOf,
} from "@aurelius/sdk/program";
import type { MatchSummary } from "@aurelius/sdk/wire";
import { address, createNoopSigner, type Instruction } from "@solana/kit";
import { Explained } from "../chain/failure";
import type { Chain, ChainInfo } from "../chain/info";
import { fillPurse, LAMPORTS_TO_ENTER, readPurse } from "../chain/purse";
import type { Transactor } from "../chain/transact";
import { moneyText } from "../format/money";
import { matchTitle } from "../match/naming";
import { tokenOf } from "../match/token";
import { BURNER_NAME } from "../wallet/burner";
import type { Wallets, WalletState } from "../wallet/wallets";
import type { Game } from "./game";
import { type KeptKey, makeSessionKey, whatIsMissing } from "./key-store";

const TOO_LATE_TO_MOVE = {
  text: "The match has started meanwhile.",
  advice: "It is played from where it was entered; from here you can watch.",
};
const TOO_LATE = { text: "The match has started meanwhile.", advice: "Nobody can leave any more: fight!" };
/** How many stakes a burner is given at once. */
const BURNER_STAKES = 50n;
const CONFIRMED = { commitment: "confirmed" } as const;

export class Entering {
  readonly #chain: Chain;
  readonly #wallets: Wallets;
  readonly #transactor: Transactor;
  readonly #game: Game;

  constructor(chain: Chain, wallets: Wallets, transactor: Transactor, game: Game) {
    this.#chain = chain;
    this.#wallets = wallets;
    this.#transactor = transactor;
    this.#game = game;
  }

  /** Connects the burner, fills its purse and enters: one press on a local chain. */
  async playOnBurner(match: MatchSummary, warriors: number): Promise<boolean> {
    const burner = this.#wallets.list.value.find((wallet) => wallet.name === BURNER_NAME);
    if (burner === undefined) return false;
    if (this.#wallets.state.value.kind !== "connected") await this.#wallets.connect(burner);
    return this.enter(match, warriors);
  }

  /** Pays the stake and registers a session key; whether it is confirmed. */
  async enter(match: MatchSummary, warriors: number): Promise<boolean> {
    const token = tokenOf(match);
    const stake = match.stake_per_warrior * BigInt(warriors);
    const count = warriors === 1 ? "one warrior" : `${warriors} warriors`;
    let key: KeptKey | undefined;
    const signature = await this.#run({
      title: `Enter ${matchTitle(match)} with ${count}`,
      lines: [
        `You pay ${moneyText(stake, token)} into the match's vault, which only the program can open.`,
        "About 0.003 SOL of rent is set aside and comes back; the fee is 0.000005 SOL.",
      ],
      instructions: async (info, wallet) => {
        const missing = whatIsMissing();
        if (missing !== undefined) throw new Explained({ text: missing, advice: "You can still watch." });
        const found = await this.#check(info, wallet, match, warriors);
        key = await makeSessionKey(match.match, wallet.account.address);
        this.#game.addKey(key);
        const player = createNoopSigner(address(wallet.account.address));
        return enter({ match: found, player, warriors, sessionKey: address(key.address) });
      },
    });
    if (signature !== undefined && key !== undefined) this.#game.registered(key);
    return signature !== undefined;
  }

  /** Has the wallet's entry in an open match played from this browser, by a key of its own; whether it is confirmed. */
  async moveHere(match: MatchSummary): Promise<boolean> {
    let key: KeptKey | undefined;
    const signature = await this.#run({
      title: `Play ${matchTitle(match)} from here`,
      lines: [
        "The key that signs your moves is replaced by one of this browser. The other browser plays no more.",
        "Nothing is paid but the fee of 0.000005 SOL.",
      ],
      instructions: async (info, wallet) => {
        const missing = whatIsMissing();
        if (missing !== undefined) throw new Explained({ text: missing, advice: "You can still watch." });
        const found = await loadMatch(info.client, address(match.match), CONFIRMED);
        if (found === null || statusOf(found.data) !== "open") throw new Explained(TOO_LATE_TO_MOVE);
        key = await makeSessionKey(match.match, wallet.account.address);
        this.#game.addKey(key);
        const player = createNoopSigner(address(wallet.account.address));
        return rotateSessionKey(found, player, address(key.address));
      },
    });
    if (signature !== undefined && key !== undefined) this.#game.registered(key);
    return signature !== undefined;
  }

  /** Takes the stake back from an open match; whether it is confirmed. */
  async leave(match: MatchSummary, paid: bigint): Promise<boolean> {
    const signature = await this.#run({
      title: `Leave ${matchTitle(match)}`,
      lines: [
        `Your stake of ${moneyText(paid, tokenOf(match))} comes back in full, and the entry's rent with it.`,
      ],
      instructions: async (info, wallet) => {
        const player = address(wallet.account.address);
        const [found, entry] = await Promise.all([
          loadMatch(info.client, address(match.match), CONFIRMED),
          loadEntry(info.client, address(match.match), player, CONFIRMED),
        ]);
        if (found === null || entry === null || statusOf(found.data) !== "open")
          throw new Explained(TOO_LATE);
        return leave(found, entry, createNoopSigner(player));
      },
    });
    return signature !== undefined;
  }

  async #run(plan: {
    readonly title: string;
    readonly lines: readonly string[];
    instructions(info: ChainInfo, wallet: Connected): Promise<readonly Instruction[]>;
  }): Promise<string | undefined> {
    const chain = this.#chain.state.value;
    const wallet = this.#wallets.state.value;
    if (chain.kind !== "known" || wallet.kind !== "connected") return undefined;
    const { info } = chain;
    const { title, lines } = plan;
    return this.#transactor.run(info, wallet, {
      title,
      lines,
      instructions: () => plan.instructions(info, wallet),
    });
  }

  /** What would make the transaction fail, found out before the wallet opens. */
  async #check(
    info: ChainInfo,
    wallet: Connected,
    match: MatchSummary,
    warriors: number,
  ): Promise<MatchAccount> {
    const found = await loadMatch(info.client, address(match.match), CONFIRMED);
    if (found === null) {
      throw new Explained({
        text: "The chain has no such match.",
        advice: "Nothing was paid. Choose another lobby.",
      });
    }
    const { stakePerWarrior, mint, tokenProgram } = found.data;
    if (statusOf(found.data) !== "open") {
      throw new Explained({
        text: "The match has started meanwhile.",
        advice: "Nothing was paid. Choose another lobby.",
      });
    }
    if (stakePerWarrior !== match.stake_per_warrior) {
      throw new Explained({
        text: "The stake on chain is not what the relay says.",
        advice: "Nothing was paid.",
      });
    }
    const { address: own } = wallet.account;
    if (playersOf(found.data).some(({ player }) => player === own)) {
      throw new Explained({ text: "This wallet is in the match already.", advice: "Nothing was paid." });
    }
    const need = stakePerWarrior * BigInt(warriors);
    if (wallet.wallet.name === BURNER_NAME) await fillPurse(info, own, mint, need * BURNER_STAKES);
    const purse = await readPurse(info, own, mint, tokenProgram);
    if (purse.tokens < need) {
      const has = moneyText(purse.tokens, tokenOf(match));
      throw new Explained({
        text: `The wallet has ${has}; the stake is ${moneyText(need, tokenOf(match))}.`,
        advice: "Add tokens to it, or enter with fewer warriors.",
      });
    }
    if (purse.lamports < LAMPORTS_TO_ENTER) {
      throw new Explained({
        text: `The wallet has ${purse.lamports / 1e9} SOL; fee and rent need about ${LAMPORTS_TO_ENTER / 1e9}.`,
        advice: "Add some SOL to it and try again.",
      });
    }
    return found;
  }
}

type MatchAccount = NonNullable<Awaited<ReturnType<typeof loadMatch>>>;
type Connected = Extract<WalletState, { kind: "connected" }>;
