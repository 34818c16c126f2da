/** A page of text and tables: a heading, and what is below it. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";

interface PageFrameProps {
  readonly title: string;
  readonly lead?: string;
  readonly children: ComponentChildren;
}

export function PageFrame({ title, lead, children }: PageFrameProps): JSX.Element {
  useEffect(() => {
    document.title = `${title} · Aurelius`;
  }, [title]);
  return (
    <main class="page" id="stage" tabIndex={-1}>
      <h1 class="page-title">{title}</h1>
      {lead !== undefined && <p class="page-lead">{lead}</p>}
      {children}
    </main>
  );
}
