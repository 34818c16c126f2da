/** A player's shield in running text; decorative, the name stands beside it. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { paintShield } from "../board/shield";

interface ShieldProps {
  readonly slot: number;
  /** CSS pixels. */
  readonly size: number;
}

export function Shield({ slot, size }: ShieldProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = Math.max(2, Math.ceil(window.devicePixelRatio || 1));
  useEffect(() => {
    const context = canvas.current?.getContext("2d") ?? null;
    if (context === null) return;
    context.clearRect(0, 0, size * scale, size * scale);
    paintShield(context, slot, (size * scale) / 2, (size * scale) / 2, (size * scale) / 2);
  }, [slot, size, scale]);
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without tabindex takes no focus
    <canvas
      ref={canvas}
      class="shield"
      aria-hidden="true"
      width={size * scale}
      height={size * scale}
      style={{ width: `${size}px`, height: `${size}px` }}
    />
  );
}
