/**
 * Whether an offered result is what was seen, and what the chain holds.
 *
 * The last frame is compared with the state's bytes (layout: `arena/src/state.rs`), their hash with the match
 * account's. Invariant: nothing is signed that differs anywhere; whoever does not sign loses nothing, the
 * challenge window applies. Absent: recomputing the match, which the proof panel does.
 */
import type { Match } from "@aurelius/sdk/program";
import { type SettlementOffer, sha256 } from "@aurelius/sdk/session";
import { type Snapshot, toBase58, toHex } from "@aurelius/sdk/wire";

const HEADER_BYTES = 64;
const WARRIOR_BYTES = 16;
const ENDED = 1;

/** The first thing in which `offer` is not what the last frame showed; undefined when there is none. */
export function differenceFromSeen(offer: SettlementOffer, seen: Snapshot | undefined): string | undefined {
  const bytes = Uint8Array.from(offer.final_state);
  if (bytes.length < HEADER_BYTES || bytes[0] !== 1) return "its bytes are no state of an arena";
  const view = new DataView(bytes.buffer);
  if (((bytes[7] ?? 0) & ENDED) === 0) return "its battle has not ended";
  if (seen === undefined || seen.ending === "running") return "the end of the battle was not seen here";
  const tick = view.getUint16(2, true);
  if (tick !== seen.tick) return `it ends at tick ${tick}, seen was ${seen.tick}`;
  const present = bytes[5] ?? 0;
  if (present !== seen.warriors.length)
    return `it has ${present} warriors, seen were ${seen.warriors.length}`;
  for (const [index, warrior] of seen.warriors.entries()) {
    const at = HEADER_BYTES + WARRIOR_BYTES * index;
    if (at + WARRIOR_BYTES > bytes.length) return "its bytes are cut short";
    const cell = view.getUint16(at, true) & 0x0fff;
    const hp = Math.ceil((view.getUint16(at + 2, true) & 0x3fff) / 100);
    const kills = bytes[at + 15] ?? 0;
    const same =
      cell === warrior.y * 64 + warrior.x &&
      hp === warrior.hp &&
      kills === warrior.kills &&
      bytes[at + 10] === warrior.owner;
    if (!same) return `warrior ${index + 1} is not as it was seen`;
  }
  return undefined;
}

/** The first thing in which `offer` is not what the chain holds; undefined when there is none. */
export async function differenceFromChain(
  offer: SettlementOffer,
  found: Pick<Match, "cluster" | "seed" | "lastLeaf"> | undefined,
  program: string,
): Promise<string | undefined> {
  if (found === undefined) return "the chain has no such match";
  if (offer.program !== program) return "it is for another program";
  if (offer.cluster !== toBase58(Uint8Array.from(found.cluster))) return "it is for another chain";
  const state = Uint8Array.from(offer.final_state);
  if (toHex(state.subarray(32, 64)) !== toHex(Uint8Array.from(found.seed)))
    return "its seed is not the match's";
  if (toHex(await sha256(state)) !== toHex(Uint8Array.from(found.lastLeaf)))
    return "its state is not the one committed on chain";
  return undefined;
}
