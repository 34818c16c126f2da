/**
 * The relay's HTTP answers the page uses.
 *
 * Invariants: every request times out; an answer of another shape is an error, not a guess. Absent:
 * anything that changes something.
 */
import {
  amount,
  type Decoded,
  list,
  type MatchDetail,
  type MatchSummary,
  matchDetail,
  matchStatus,
  matchSummary,
  mode,
  option,
  publicKey,
  struct,
  u8,
  u32,
  u64,
  WireError,
} from "@aurelius/sdk/wire";
import { relayUrl } from "../route";

const matchPage = struct({ matches: list(matchSummary), next: option(publicKey) });

const playerStats = struct({
  mint: publicKey,
  matches: u64,
  wins: u64,
  eliminations: u64,
  warriors_lost: u64,
  damage_centi: u64,
  staked: amount,
  won: amount,
});
export type PlayerStats = Decoded<typeof playerStats>;

const playerPage = struct({
  wallet: publicKey,
  stats: list(playerStats),
  recent: list(
    struct({
      match: publicKey,
      mode,
      status: matchStatus,
      mint: publicKey,
      paid: amount,
      place: option(u8),
      payout: option(amount),
      created_at_ms: u64,
    }),
  ),
  next: option(publicKey),
});
export type PlayerPage = Decoded<typeof playerPage>;

const leaderboard = struct({
  players: list(struct({ wallet: publicKey, stats: playerStats })),
  next: option(u32),
});
export type Leaderboard = Decoded<typeof leaderboard>;

const TIMEOUT_MS = 8_000;
const FILE_TIMEOUT_MS = 60_000;
const LIST_LENGTH = 60;

/** A request that was answered with an error or not at all; `message` is for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  /** `status` is the HTTP status, 0 without an answer. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The newest matches, newest first. */
export async function fetchMatches(): Promise<readonly MatchSummary[]> {
  return (await fetchMatchPage(undefined)).matches;
}

/** One page of matches, newest first, and where the next one begins. */
export async function fetchMatchPage(before: string | undefined): Promise<Decoded<typeof matchPage>> {
  return matchPage.fromJson(await getJson(`matches?limit=${LIST_LENGTH}${beforeQuery(before)}`), "matches");
}

/** What a wallet did, and one page of its matches. */
export async function fetchPlayer(wallet: string, before?: string): Promise<PlayerPage> {
  const path = `players/${encodeURIComponent(wallet)}?limit=${LIST_LENGTH}${beforeQuery(before)}`;
  return playerPage.fromJson(await getJson(path), "player");
}

/** The best players, best first. */
export async function fetchLeaderboard(offset: number): Promise<Leaderboard> {
  return leaderboard.fromJson(
    await getJson(`leaderboard?limit=${LIST_LENGTH}&offset=${offset}`),
    "leaderboard",
  );
}

function beforeQuery(before: string | undefined): string {
  return before === undefined ? "" : `&before=${encodeURIComponent(before)}`;
}

/** Everything about one match. */
export async function fetchMatch(key: string): Promise<MatchDetail> {
  return matchDetail.fromJson(await getJson(`matches/${encodeURIComponent(key)}`), "match");
}

/** The replay file of a match that is over: a few hundred kB, of a long Siege some MB. */
export async function fetchReplay(key: string): Promise<Uint8Array> {
  const path = `matches/${encodeURIComponent(key)}/replay`;
  const response = await get(path, "application/octet-stream", FILE_TIMEOUT_MS);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new ApiError(0, "the relay stopped sending the replay");
  }
}

async function get(path: string, accept: string, timeoutMs: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(relayUrl(`api/${path}`), {
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept },
    });
  } catch {
    throw new ApiError(0, "the relay does not answer");
  }
  if (!response.ok) throw new ApiError(response.status, `the relay answered ${response.status}`);
  return response;
}

async function getJson(path: string): Promise<unknown> {
  const response = await get(path, "application/json", TIMEOUT_MS);
  try {
    return await response.json();
  } catch (error) {
    // A relay that is slow, or gone, has sent no wrong answer.
    if (!(error instanceof SyntaxError)) throw new ApiError(0, "the relay stopped sending");
    throw new WireError(`${path}: not JSON`);
  }
}
