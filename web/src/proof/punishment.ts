/**
 * A lie found here, brought before the program.
 *
 * The program steps the wrong segment itself, so that nobody's word counts. Invariant: the proof goes first and alone;
 * the bond's share is taken only from a match that the program has voided. Absent: finding the lie (`worker.ts`).
 */
import { claimAward, collectSlash, type FraudProof, loadMatch, proveFraud } from "@aurelius/sdk/program";
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
const BURN = "A part of the operator's bond burns; the rest waits in the match for you and the players.";
/** Longest wait with the page open for a share: a minute of slots. Elsewhere it is a matter of hours or days. */
const WAIT_SLOTS_MAX = 150n;
const LOOK_MS = 1_000;
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
  const voided = await read().catch(() => undefined);
  if (voided === undefined) return true;
  if (voided.data.slash > 0n && voided.data.slashCollected === 0)
    await send("Collect the bond", BURN, () => collectSlash(voided, caller));
  if (!(await isPayable(info, voided.data.slashPayableSlot))) return true;
  const share = await read()
    .then((found) => claimAward(found, caller))
    .catch(() => []);
  if (share.length > 0) await send("Take the challenger's share", SHARE, () => Promise.resolve(share));
  return true;
}

/** Waits until shares of a slash are paid, if that is soon; whether they are. Anybody can send the share later, too. */
async function isPayable({ client }: ChainInfo, payable: bigint): Promise<boolean> {
  for (;;) {
    const slot = await client.getSlot(CONFIRMED).send();
    if (slot >= payable) return true;
    if (payable - slot > WAIT_SLOTS_MAX) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
