/**
 * Into a match and out of it again.
 *
 * Owns the order of things: the session key is safe before anything is signed, what can be known beforehand is
 * checked before the wallet opens, and the wallet is asked once. Invariant: a check that fails costs nothing and
 * says what to do.
 */
import type { MatchSummary } from "@aurelius/sdk/wire";
import { Explained } from "../chain/failure";
import type { Chain, ChainInfo } from "../chain/info";
import { Escrow, fetchOnChainMatch, type OnChainMatch } from "../chain/program";
import { fillPurse, LAMPORTS_TO_ENTER, readPurse } from "../chain/purse";
import type { Transactor } from "../chain/transact";
import { moneyText } from "../format/money";
import { matchTitle } from "../match/naming";
import { tokenOf } from "../match/token";
import { BURNER_NAME } from "../wallet/burner";
import type { Wallets, WalletState } from "../wallet/wallets";
import type { Game } from "./game";
import { makeSessionKey, whatIsMissing } from "./key-store";

/** How many stakes a burner is given at once. */
const BURNER_STAKES = 50n;

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
        const key = await makeSessionKey(match.match, wallet.account.address);
        this.#game.addKey(key);
        return new Escrow(info, found).enter(wallet.account.address, warriors, key.address);
      },
    });
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
        const found = await fetchOnChainMatch(info, match.match);
        if (found === undefined || found.status !== "open") {
          throw new Explained({
            text: "The match has started meanwhile.",
            advice: "Nobody can leave any more: fight!",
          });
        }
        return new Escrow(info, found).leave(wallet.account.address, wallet.account.address);
      },
    });
    return signature !== undefined;
  }

  async #run(plan: {
    readonly title: string;
    readonly lines: readonly string[];
    instructions(info: ChainInfo, wallet: Connected): ReturnType<Escrow["enter"]>;
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
  ): Promise<OnChainMatch> {
    const found = await fetchOnChainMatch(info, match.match);
    if (found === undefined) {
      throw new Explained({
        text: "The chain has no such match.",
        advice: "Nothing was paid. Choose another lobby.",
      });
    }
    if (found.status !== "open") {
      throw new Explained({
        text: "The match has started meanwhile.",
        advice: "Nothing was paid. Choose another lobby.",
      });
    }
    if (found.stake !== match.stake_per_warrior) {
      throw new Explained({
        text: "The stake on chain is not what the relay says.",
        advice: "Nothing was paid.",
      });
    }
    const { address } = wallet.account;
    if (found.players.some((player) => player.player === address)) {
      throw new Explained({ text: "This wallet is in the match already.", advice: "Nothing was paid." });
    }
    const need = found.stake * BigInt(warriors);
    if (wallet.wallet.name === BURNER_NAME) await fillPurse(info, address, found.mint, need * BURNER_STAKES);
    const purse = await readPurse(info, address, found.mint, found.tokenProgram);
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

type Connected = Extract<WalletState, { kind: "connected" }>;
