/** Single-path icons on a 24 × 24 field; decorative, the words stand beside them. */
import type { JSX } from "preact";

export const SWORDS =
  "M4 3l8.5 8.5 1.6-1.6L6 3zM20 3h-2L4.8 16.2l-1.5-1.5-1.3 1.3 2.2 2.2L2 20.4 3.6 22l2.2-2.2L8 22l1.3-1.3-1.5-1.5L20 6zM14.5 13.5l-1.6 1.6 3.3 3.3-1.5 1.5L16 21.2l2.2-2.2 2.2 2.2 1.6-1.6-2.2-2.2L22 15.2l-1.3-1.3-1.5 1.5z";
export const FLAME =
  "M12 2c1 4-4 6-4 11a4 4 0 0 0 8 0c0-1.5-.6-2.6-1.3-3.5 2.5 1.3 4.3 3.7 4.3 6.3A7 7 0 0 1 5 15.8C5 9.5 11 8 12 2z";
export const SKULL =
  "M12 2a8.5 8.5 0 0 0-8.5 8.5c0 2.9 1.4 5.2 3.5 6.6V20a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1v-2.9c2.1-1.4 3.5-3.7 3.5-6.6A8.5 8.5 0 0 0 12 2zM8.7 13.3a2 2 0 1 1 0-4 2 2 0 0 1 0 4zm6.6 0a2 2 0 1 1 0-4 2 2 0 0 1 0 4z";
export const COPY =
  "M9 3h9a2 2 0 0 1 2 2v11h-2V5H9zM5 7h9a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2z";
export const TICK = "M9.5 18.4 3.6 12.5l1.7-1.7 4.2 4.2 9.2-9.2 1.7 1.7z";
export const CROSS =
  "M6.4 4.7 12 10.3l5.6-5.6 1.7 1.7L13.7 12l5.6 5.6-1.7 1.7L12 13.7l-5.6 5.6-1.7-1.7 5.6-5.6-5.6-5.6z";
export const LOUD =
  "M4 9h4l5-4v14l-5-4H4zM15.5 8.2l1.2-1.5a7 7 0 0 1 0 10.6l-1.2-1.5a5 5 0 0 0 0-7.6zM18.6 5l1.2-1.5a11 11 0 0 1 0 17L18.6 19a9 9 0 0 0 0-14z";
export const MUTE =
  "M4 9h4l5-4v14l-5-4H4zM15.4 9.8l1.4-1.4 2.2 2.2 2.2-2.2 1.4 1.4-2.2 2.2 2.2 2.2-1.4 1.4-2.2-2.2-2.2 2.2-1.4-1.4 2.2-2.2z";
export const BUZZ = "M8 4h8v16H8zM4 8h1.8v8H4zM1 10h1.8v4H1zM18.2 8H20v8h-1.8zM21.2 10H23v4h-1.8z";
export const PLAY = "M7 4.5v15l12-7.5z";
export const PAUSE = "M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z";
export const OUT =
  "M14 4h6v6h-2V7.4l-7.3 7.3-1.4-1.4L16.6 6H14zM5 6h5v2H6v10h10v-4h2v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z";

interface GlyphProps {
  readonly path: string;
  readonly class?: string;
  readonly colour?: string;
}

export function Glyph({ path, class: name = "icon", colour }: GlyphProps): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" class={name} aria-hidden="true" focusable="false">
      <path d={path} {...(colour === undefined ? {} : { fill: colour })} />
    </svg>
  );
}
