/**
 * Pictures that are painted once and then only copied.
 *
 * Without a graphics processor filling a path or a gradient costs many times what copying it does. Invariant: bounded; a
 * cache that is full starts over.
 */

/** Paints onto a square of `size` device pixels. */
export type Paint = (context: CanvasRenderingContext2D, size: number) => void;

export class Sprites {
  readonly #known = new Map<string, HTMLCanvasElement>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** The picture of this name and size, painted when it is not known. */
  get(name: string, size: number, paint: Paint): HTMLCanvasElement {
    const side = Math.max(2, Math.ceil(size));
    const key = `${name}:${side}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#max) this.#known.clear();
    const canvas = document.createElement("canvas");
    canvas.width = side;
    canvas.height = side;
    const context = canvas.getContext("2d");
    if (context !== null) paint(context, side);
    this.#known.set(key, canvas);
    return canvas;
  }
}
