/**
 * One tab plays, the others watch.
 *
 * Two tabs share the session key; two writers would break the chain of inputs and take the match from each other.
 * The lock is the browser's own, so that it goes when the tab does, however it ends.
 */
export interface SeatLock {
  release(): void;
}

/**
 * Waits for the seat in `match`. `waiting` is called when another tab has it; aborting gives up.
 */
export async function takeSeat(match: string, waiting: () => void, signal: AbortSignal): Promise<SeatLock> {
  const name = `aurelius:match:${match}`;
  const now = await hold(name, { ifAvailable: true });
  if (now !== undefined) return now;
  waiting();
  const later = await hold(name, { signal });
  if (later === undefined) throw new Error("the seat was not given");
  return later;
}

function hold(name: string, options: LockOptions): Promise<SeatLock | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, options, (lock) => {
        if (lock === null) {
          resolve(undefined);
          return undefined;
        }
        return new Promise<void>((release) => resolve({ release }));
      })
      .catch(reject);
  });
}
