/** An address that names nothing. */
import type { JSX } from "preact";
import { Link } from "../view/link";
import { PageFrame } from "../view/page-frame";

export function NotFound(): JSX.Element {
  return (
    <PageFrame title="Not found" lead="There is nothing at this address.">
      <p>
        <Link class="linklike" href="/">
          All matches
        </Link>{" "}
        are on the first page; a match lives at <code>/match/</code> and its address.
      </p>
    </PageFrame>
  );
}
