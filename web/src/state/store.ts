/**
 * A value that can be watched.
 *
 * The page's state outside the arena lives in stores: whoever changes one says so once, whoever shows
 * it hears so. Invariant: a listener that is added while others are told is not told of the same change.
 */
export type Listener = () => void;

export class Store<T> {
  #value: T;
  readonly #listeners = new Set<Listener>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Replaces the value; nothing happens when it is the same. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Replaces the value by what `change` makes of it. */
  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  /** Calls `listener` after every change; the answer ends that. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits until `holds`; at once when it does already. */
  async until(holds: (value: T) => boolean, signal?: AbortSignal): Promise<T> {
    if (holds(this.#value)) return this.#value;
    return new Promise((resolve, reject) => {
      const stop = this.subscribe(() => {
        if (!holds(this.#value)) return;
        stop();
        resolve(this.#value);
      });
      signal?.addEventListener("abort", () => {
        stop();
        reject(signal.reason);
      });
    });
  }
}
