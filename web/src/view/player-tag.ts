/** A player in running text: the shield and the short wallet address. */
import { shieldIcon } from "../board/shield";
import { shortKey } from "../format/short";
import type { PlayerInfo } from "@aurelius/sdk/wire";
import { element, setAttribute, setText } from "./element";

export class PlayerTag {
  readonly root: HTMLSpanElement;
  readonly #name: HTMLSpanElement;
  readonly #size: number;
  #slot: number | undefined;

  constructor(size = 18) {
    this.#size = size;
    this.#name = element("span", { class: "player-name mono" });
    this.root = element("span", { class: "player" }, this.#name);
  }

  /** `slot` alone is known for a moment before the detail arrives. */
  update(slot: number, player: PlayerInfo | undefined): void {
    if (slot !== this.#slot) {
      this.#slot = slot;
      this.root.replaceChildren(shieldIcon(slot, this.#size), this.#name);
    }
    setText(this.#name, playerName(slot, player));
    setAttribute(this.root, "title", player?.wallet);
  }
}

/** `7xKX…3fQp`, or the slot while the wallet is not known. */
export function playerName(slot: number, player: PlayerInfo | undefined): string {
  return player === undefined ? `player ${slot + 1}` : shortKey(player.wallet);
}
