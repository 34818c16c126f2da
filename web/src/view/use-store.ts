/** Reads a store within a component, which is drawn again when the store changes. */
import { useEffect, useState } from "preact/hooks";
import type { Store } from "../state/store";

export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useState(0);
  useEffect(() => store.subscribe(() => redraw((count) => count + 1)), [store]);
  return store.value;
}
