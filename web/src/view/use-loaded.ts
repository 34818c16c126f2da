/** Something asked for over HTTP: not there yet, there, or not to be had. */
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../net/api";

export type Loaded<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "there"; readonly value: T }
  | { readonly kind: "failed"; readonly reason: string; readonly missing: boolean };

/** Asks again whenever `key` changes; an answer to an older question is dropped. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({ kind: "loading" });
  useEffect(() => {
    let current = true;
    setState({ kind: "loading" });
    load().then(
      (value) => current && setState({ kind: "there", value }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : "unknown trouble";
        if (current)
          setState({ kind: "failed", reason, missing: error instanceof ApiError && error.status === 404 });
      },
    );
    return () => {
      current = false;
    };
  }, [key]);
  return state;
}
