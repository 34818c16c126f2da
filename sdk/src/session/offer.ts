/**
 * Whether an offered result is what the chain holds.
 *
 * Invariant: nothing should be signed that differs anywhere; whoever does not sign loses nothing, the
 * challenge window applies. Absent: what the player saw, and computing the match anew (`verifyMatch`).
 */
import type { Account } from "@solana/kit";
import { AURELIUS_PROGRAM_ADDRESS, type Match } from "../generated/index.js";
import { sameBytes } from "../program/bytes.js";
import { fromBase58 } from "../wire/index.js";
import { type SettlementOffer, sha256 } from "./signing.js";

const SEED_OFFSET = 32;
const STATE_HEADER_BYTES = 64;
const FLAGS_OFFSET = 7;
const ENDED = 1;

/** The first thing in which `offer` is not what the match account says; undefined where it is safe to sign. */
export async function checkOffer(offer: SettlementOffer, match: Account<Match>): Promise<string | undefined> {
  const state = Uint8Array.from(offer.final_state);
  const { cluster, seed, lastLeaf, rulesHash, rules, rulesLen } = match.data;
  if (offer.match !== match.address) return `it is of the match ${offer.match}`;
  if (offer.program !== AURELIUS_PROGRAM_ADDRESS) return "it is for another program";
  if (!sameBytes(fromBase58(offer.cluster, 32), cluster)) return "it is for another chain";
  if (state.length < STATE_HEADER_BYTES || state[0] !== 1) return "its bytes are no state of an arena";
  if (((state[FLAGS_OFFSET] ?? 0) & ENDED) === 0) return "its battle has not ended";
  if (!sameBytes(state.subarray(SEED_OFFSET, SEED_OFFSET + 32), seed)) return "its seed is not the match's";
  if (!sameBytes(await sha256(state), lastLeaf)) return "its state is not the one committed on chain";
  const table = Uint8Array.from(rules).slice(0, rulesLen);
  if (!sameBytes(await sha256(table), rulesHash))
    return "the rules of the match are not what their hash says";
  return undefined;
}
