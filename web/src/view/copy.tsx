/**
 * A long byte string, shown short, copied whole by a click.
 *
 * Invariant: the accessible name begins with what is to be read on it, and the whole text is in `title` and
 * on the clipboard. Works without the Clipboard API, which browsers withhold from plain-HTTP pages.
 */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { shortKey } from "../format/short";
import { COPY, Glyph } from "./glyph";

const COPIED_MS = 1400;

interface CopyProps {
  readonly text: string;
  /** Names the thing for screen readers: “transaction signature”. */
  readonly what: string;
  readonly head?: number;
  readonly tail?: number;
}

export function Copy({ text, what, head = 4, tail = 4 }: CopyProps): JSX.Element {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const short = shortKey(text, head, tail);
  return (
    <button
      type="button"
      class="copy"
      title={text}
      aria-label={`${short}, copy the ${what}`}
      data-copied={copied || undefined}
      onClick={() => void writeClipboard(text).then(setCopied)}
    >
      <span>{copied ? "Copied" : short}</span>
      <Glyph path={COPY} />
    </button>
  );
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.className = "visually-hidden";
    area.value = text;
    document.body.append(area);
    area.select();
    // Deprecated, and the only way on a page served over plain HTTP.
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
