/**
 * A long byte string, shown short, copied whole by a click.
 *
 * Invariant: the accessible name says what it is and the whole text is in `title` and on the
 * clipboard. Works without the Clipboard API, which browsers withhold from plain-HTTP pages.
 */
import { shortKey } from "../format/short";
import { element, icon, setAttribute, setText } from "./element";

const COPY =
  "M9 3h9a2 2 0 0 1 2 2v11h-2V5H9zM5 7h9a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2z";
const COPIED_MS = 1400;

export class CopyText {
  readonly root: HTMLButtonElement;
  readonly #label: HTMLSpanElement;
  readonly #what: string;
  #text = "";
  #short = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `what` names the thing for screen readers: “transaction signature”. */
  constructor(what: string) {
    this.#what = what;
    this.#label = element("span");
    this.root = element(
      "button",
      { type: "button", class: "copy", onclick: () => void this.#copy() },
      this.#label,
      icon(COPY),
    );
  }

  update(text: string, head = 4, tail = 4): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#short = shortKey(text, head, tail);
    setText(this.#label, this.#short);
    setAttribute(this.root, "title", text);
    setAttribute(this.root, "aria-label", `Copy ${this.#what} ${this.#short}`);
  }

  async #copy(): Promise<void> {
    const done = await writeClipboard(this.#text);
    setAttribute(this.root, "data-copied", done);
    setText(this.#label, done ? "Copied" : this.#short);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      setAttribute(this.root, "data-copied", false);
      setText(this.#label, this.#short);
    }, COPIED_MS);
  }
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", { class: "visually-hidden", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    // Deprecated, and the only way on a page served over plain HTTP.
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
