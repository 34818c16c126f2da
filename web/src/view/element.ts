/**
 * Making and updating elements without a framework.
 *
 * Owns three small tools: `element` builds, `setText` and friends touch the page only when something
 * changed, `reconcile` keeps a keyed list. Invariant: text is always set as text, never as HTML, so
 * nothing from a server can become markup. Absent: state; views keep theirs.
 */
type Child = Node | string | null | undefined | false;
type Attribute = string | number | boolean | null | undefined | ((event: Event) => void);

/** An element with attributes and children. `on…` functions become listeners, `true` an empty attribute. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.replace(/^on/, ""), value);
    else setAttribute(made, name, value);
  }
  append(made, children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element; decorative unless attributes say otherwise. */
export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: Node[]
): SVGElement {
  const made = document.createElementNS(SVG, tag);
  if (tag === "svg") {
    made.setAttribute("aria-hidden", "true");
    made.setAttribute("focusable", "false");
  }
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** A single-path icon on a 24 × 24 field. */
export function icon(path: string, className = "icon"): SVGElement {
  return svg("svg", { viewBox: "0 0 24 24", class: className }, svg("path", { d: path }));
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child);
  }
}

export function setAttribute(
  target: Element,
  name: string,
  value: string | number | boolean | null | undefined,
): void {
  if (value === null || value === undefined || value === false) {
    if (target.hasAttribute(name)) target.removeAttribute(name);
    return;
  }
  const wanted = value === true ? "" : String(value);
  if (target.getAttribute(name) !== wanted) target.setAttribute(name, wanted);
}

export function setText(target: Node, value: string): void {
  if (target.textContent !== value) target.textContent = value;
}

export function setHidden(target: HTMLElement, hidden: boolean): void {
  if (target.hidden !== hidden) target.hidden = hidden;
}

/** Sets a CSS custom property. Through the object model, which the page's content policy allows. */
export function setProperty(target: HTMLElement, name: string, value: string): void {
  if (target.style.getPropertyValue(name) !== value) target.style.setProperty(name, value);
}

/** One row of a keyed list. */
export interface Row<T> {
  readonly root: HTMLElement;
  update(item: T): void;
}

/** A keyed list under one parent: rows are made once, updated, moved and removed. */
export class KeyedList<T> {
  readonly #parent: HTMLElement;
  readonly #keyOf: (item: T) => string;
  readonly #make: (item: T) => Row<T>;
  #rows = new Map<string, Row<T>>();

  constructor(parent: HTMLElement, keyOf: (item: T) => string, make: (item: T) => Row<T>) {
    this.#parent = parent;
    this.#keyOf = keyOf;
    this.#make = make;
  }

  update(items: readonly T[]): void {
    const kept = new Map<string, Row<T>>();
    let cursor: ChildNode | null = this.#parent.firstChild;
    for (const item of items) {
      const key = this.#keyOf(item);
      const row = this.#rows.get(key) ?? this.#make(item);
      row.update(item);
      kept.set(key, row);
      if (row.root === cursor) cursor = cursor.nextSibling;
      else this.#parent.insertBefore(row.root, cursor);
    }
    for (const [key, row] of this.#rows) if (!kept.has(key)) row.root.remove();
    this.#rows = kept;
  }
}
