/**
 * The page's services and how they are tied together.
 *
 * Invariant: each knows only what it is given here; components reach them through `ClientContext`.
 */
import { Chain } from "./chain/info";
import { Transactor } from "./chain/transact";
import { Feedback } from "./feedback/feedback";
import { Live } from "./live/live";
import { Entering } from "./play/entering";
import { Game } from "./play/game";
import { whatIsMissing } from "./play/key-store";
import { registerBurner } from "./wallet/burner";
import { registerMobileWallets } from "./wallet/mobile";
import { Proofs } from "./proof/proofs";
import { Replays } from "./replay/replays";
import { WalletSignIn } from "./wallet/sign-in";
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
  readonly signIn: WalletSignIn;
  readonly feedback = new Feedback(
    shelf(),
    undefined,
    undefined,
    matchMedia("(prefers-reduced-motion: reduce)").matches,
  );

  constructor() {
    this.live = new Live({
      seated: (player) => this.game.seated(player),
      answered: (outcome) => this.game.answered(outcome),
      offered: (offer) => void this.game.offered(offer),
      cosigned: (refusal) => this.game.cosigned(refusal),
      wallet: (address) => this.signIn.told(address),
    });
    this.signIn = new WalletSignIn(this.wallets, this.live.session);
    this.replays = new Replays(this.live, this.chain);
    this.game = new Game(this.live, this.chain);
    this.entering = new Entering(this.chain, this.wallets, this.transactor, this.game);
  }

  start(): void {
    this.live.onShown = (tick) => this.feedback.shown(tick, this.#ownShown(), performance.now());
    this.feedback.listen(window);
    this.live.start(this.game);
    void this.game.start();
    void this.#findWallets();
  }

  /** One's own warriors on screen, in a replay too. */
  #ownShown(): readonly number[] {
    const slot = this.game.slotIn(this.live.watched);
    const warriors = this.live.scene?.snapshot?.warriors ?? [];
    return slot === undefined ? [] : warriors.flatMap(({ owner }, index) => (owner === slot ? [index] : []));
  }

  async #findWallets(): Promise<void> {
    await this.chain.find();
    const { value } = this.chain.state;
    if (value.kind !== "known") return;
    if (value.info.chain === "solana:localnet" && whatIsMissing() === undefined) await registerBurner();
    this.wallets.start(value.info.chain);
    // It comes late like any extension; without it everything else goes on.
    await registerMobileWallets(value.info.chain).catch((error: unknown) => console.info("aurelius:", error));
  }
}

/** Private windows of some browsers throw at the mere name. */
function shelf(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
