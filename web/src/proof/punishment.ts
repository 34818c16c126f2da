/**
 * A lie found here, brought before the program.
 *
 * The program steps the wrong segment itself, so that nobody's word counts. Invariant: the proof goes first and alone;
 * the bond's share is taken only from a match that the program has voided. Absent: finding the lie (`worker.ts`).
 */
import { claimAward, type FraudProof, loadMatch, proveFraud } from "@aurelius/sdk/program";
import { address, createNoopSigner, type Instruction } from "@solana/kit";
import { Explained } from "../chain/failure";
import type { ChainInfo } from "../chain/info";
import type { Transactor } from "../chain/transact";
import type { WalletState } from "../wallet/wallets";

export interface Accuser {
  readonly info: ChainInfo;
  readonly wallet: Extract<WalletState, { kind: "connected" }>;
  readonly transactor: Transactor;
}

const CONFIRMED = { commitment: "confirmed" } as const;
const PROVE = "The program steps the segment itself. When the result is another, the match is void.";
const SHARE = "Your share of the operator's bond goes to your own token account.";

/** Proves the lie and takes the share; whether the proof stands. The transactor tells what went wrong. */
export async function punish(
  { info, wallet, transactor }: Accuser,
  match: string,
  fraud: FraudProof,
): Promise<boolean> {
  const caller = createNoopSigner(address(wallet.account.address));
  const read = async () => {
    const found = await loadMatch(info.client, address(match), CONFIRMED);
    if (found === null)
      throw new Explained({ text: "The chain has no such match any more.", advice: "Nothing was paid." });
    return found;
  };
  const send = (title: string, line: string, instructions: () => Promise<readonly Instruction[]>) =>
    transactor.run(info, wallet, { title, lines: [line], instructions });

  // A long state goes up in parts first: how many there are is known with the first.
  let parts: readonly (readonly Instruction[])[] | undefined;
  for (let at = 0; parts === undefined || at < parts.length; at += 1) {
    const done = await send("Prove the lie", PROVE, async () => {
      parts ??= await proveFraud(await read(), caller, fraud);
      return parts[at] ?? [];
    });
    if (done === undefined) return false;
  }
  const share = await read()
    .then((found) => claimAward(found, caller))
    .catch(() => []);
  if (share.length > 0) await send("Take the challenger's share", SHARE, () => Promise.resolve(share));
  return true;
}
