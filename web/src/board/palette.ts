/**
 * Who is which colour.
 *
 * Owns the mapping from a player's slot to a colour and a shield pattern. Invariants: it is a pure
 * function of the slot, so a player looks the same on the board, in the standings and in the feed;
 * pattern and colour together tell at least forty players apart, so that colour alone never carries
 * the identity. Absent: anything about the page's own colours, which live in `style/tokens.css`.
 */

/** An opaque sRGB colour, each channel 0–255. */
export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** The colours one player's shield is painted with. */
export interface Livery {
  /** The field of the shield, and the player's accent elsewhere. */
  readonly field: string;
  /** The ordinary painted on the field. */
  readonly ordinary: string;
  /** The rim and shaded parts. */
  readonly shade: string;
  /** A translucent halo. */
  readonly halo: string;
  /** Which ordinary is painted, 0–7. */
  readonly pattern: number;
}

/** Ten hues (OKLCH degrees), ordered so that neighbours in slot order lie far apart. */
const HUES = [84, 245, 32, 162, 305, 130, 5, 205, 275, 345] as const;
/** Lightness and chroma of the first, second and third ten players. */
const TIERS = [
  { lightness: 0.79, chroma: 0.125 },
  { lightness: 0.64, chroma: 0.13 },
  { lightness: 0.88, chroma: 0.075 },
] as const;
/** How far the hues turn for every further thirty players. */
const HUE_SHIFT = 18;
export const PATTERN_COUNT = 8;

const liveries = new Map<number, Livery>();

/** The livery of the player in `slot` (0-based). */
export function livery(slot: number): Livery {
  const known = liveries.get(slot);
  if (known !== undefined) return known;
  const round = Math.floor(slot / (HUES.length * TIERS.length));
  const hue = (HUES[slot % HUES.length] ?? 0) + round * HUE_SHIFT;
  const tier = TIERS[Math.floor(slot / HUES.length) % TIERS.length] ?? TIERS[0];
  const made: Livery = {
    field: css(oklch(tier.lightness, tier.chroma, hue)),
    ordinary: css(oklch(tier.lightness * 0.52, tier.chroma * 0.8, hue)),
    shade: css(oklch(tier.lightness * 0.34, tier.chroma * 0.5, hue)),
    halo: css(oklch(tier.lightness, tier.chroma, hue), 0.28),
    pattern: (slot + Math.floor(slot / 40)) % PATTERN_COUNT,
  };
  liveries.set(slot, made);
  return made;
}

/** `rgb(…)` text of a colour, with an alpha when it is not opaque. */
export function css(colour: Rgb, alpha = 1): string {
  const { r, g, b } = colour;
  return alpha >= 1 ? `rgb(${r} ${g} ${b})` : `rgb(${r} ${g} ${b} / ${alpha})`;
}

/**
 * OKLCH to sRGB, clipped to the gamut. `lightness` 0–1, `chroma` 0–0.4, `hue` in degrees.
 * Matrices: Björn Ottosson, "A perceptual color space for image processing" (2020).
 */
export function oklch(lightness: number, chroma: number, hue: number): Rgb {
  const radians = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(radians);
  const b = chroma * Math.sin(radians);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return {
    r: channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    g: channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    b: channel(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  };
}

function channel(linear: number): number {
  const clipped = Math.min(1, Math.max(0, linear));
  const encoded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(encoded * 255);
}
