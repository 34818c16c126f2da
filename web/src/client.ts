/**
 * The page's services and how they are tied together.
 *
 * Invariant: each knows only what it is given here; components reach them through `ClientContext`.
 */
import { Chain } from "./chain/info";
import { Transactor } from "./chain/transact";
import { Live } from "./live/live";
import { Entering } from "./play/entering";
import { Game } from "./play/game";
import { whatIsMissing } from "./play/key-store";
import { registerBurner } from "./wallet/burner";
import { Proofs } from "./proof/proofs";
import { Replays } from "./replay/replays";
import { Wallets } from "./wallet/wallets";

export class Client {
  readonly chain = new Chain();
  readonly wallets = new Wallets();
  readonly transactor = new Transactor();
  readonly proof = new Proofs(this.chain);
  readonly live: Live;
  readonly replays: Replays;
  readonly game: Game;
  readonly entering: Entering;

  constructor() {
    this.live = new Live({
      seated: (player) => this.game.seated(player),
      answered: (outcome) => this.game.answered(outcome),
      offered: (offer) => void this.game.offered(offer),
      cosigned: (refusal) => this.game.cosigned(refusal),
    });
    this.replays = new Replays(this.live, this.chain);
    this.game = new Game(this.live, this.chain);
    this.entering = new Entering(this.chain, this.wallets, this.transactor, this.game);
  }

  start(): void {
    this.live.start(this.game);
    void this.game.start();
    void this.#findWallets();
  }

  async #findWallets(): Promise<void> {
    await this.chain.find();
    const { value } = this.chain.state;
    if (value.kind !== "known") return;
    if (value.info.chain === "solana:localnet" && whatIsMissing() === undefined) await registerBurner();
    this.wallets.start(value.info.chain);
  }
}
