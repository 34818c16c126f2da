/** A transaction: its signature to copy, and a link to the explorer where the chain has one. */
import type { JSX } from "preact";
import { useClient } from "./client-context";
import { Copy } from "./copy";
import { Glyph, OUT } from "./glyph";
import { useStore } from "./use-store";

interface SignatureLinkProps {
  readonly signature: string;
  readonly what: string;
  readonly head?: number;
  readonly tail?: number;
}

export function SignatureLink({ signature, what, head = 5, tail = 5 }: SignatureLinkProps): JSX.Element {
  const chain = useStore(useClient().chain.state);
  const href = chain.kind === "known" ? chain.info.transactionHref(signature) : undefined;
  return (
    <span class="signature">
      <Copy text={signature} what={what} head={head} tail={tail} />
      {href !== undefined && (
        <a
          class="explorer"
          href={href}
          target="_blank"
          rel="noreferrer"
          aria-label={`${what} in the explorer`}
        >
          <Glyph path={OUT} />
        </a>
      )}
    </span>
  );
}
