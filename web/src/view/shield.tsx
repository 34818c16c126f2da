/** A player's shield in running text; decorative, the name stands beside it. */
import type { JSX } from "preact";
import { shieldPicture } from "../board/shield";

interface ShieldProps {
  readonly slot: number;
  /** CSS pixels. */
  readonly size: number;
}

export function Shield({ slot, size }: ShieldProps): JSX.Element {
  const scale = Math.max(2, Math.ceil(window.devicePixelRatio || 1));
  return <img class="shield" src={shieldPicture(slot, size * scale)} alt="" width={size} height={size} />;
}
