/** A player in running text: the shield and the short wallet address, or “you”. */
import type { PlayerInfo } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { shortKey } from "../format/short";
import { Shield } from "./shield";

interface PlayerTagProps {
  readonly slot: number;
  /** The slot alone is known for a moment before the detail arrives. */
  readonly player: PlayerInfo | undefined;
  readonly size?: number;
  readonly own?: boolean;
}

export function PlayerTag({ slot, player, size = 18, own = false }: PlayerTagProps): JSX.Element {
  return (
    <span class="player" title={player?.wallet} data-own={own || undefined}>
      <Shield slot={slot} size={size} />
      <span class="player-name mono">{own ? "you" : playerName(slot, player)}</span>
    </span>
  );
}

/** `7xKX…3fQp`, or the slot while the wallet is not known. */
export function playerName(slot: number, player: PlayerInfo | undefined): string {
  return player === undefined ? `player ${slot + 1}` : shortKey(player.wallet);
}
