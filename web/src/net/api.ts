/**
 * The relay's HTTP answers the page uses.
 *
 * Invariants: every request times out; an answer of another shape is an error, not a guess. Absent:
 * anything that changes something.
 */
import {
  list,
  matchDetail,
  type MatchDetail,
  matchSummary,
  type MatchSummary,
  WireError,
} from "@aurelius/sdk/wire";

const TIMEOUT_MS = 8_000;
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
  const body = await getJson(`/api/matches?limit=${LIST_LENGTH}`);
  const rows = Array.isArray(body) ? body : (body as { matches?: unknown } | null)?.matches;
  return list(matchSummary).fromJson(rows, "matches");
}

/** Everything about one match. */
export async function fetchMatch(key: string): Promise<MatchDetail> {
  return matchDetail.fromJson(await getJson(`/api/matches/${encodeURIComponent(key)}`), "match");
}

async function getJson(path: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: "application/json" },
    });
  } catch {
    throw new ApiError(0, "the relay does not answer");
  }
  if (!response.ok) throw new ApiError(response.status, `the relay answered ${response.status}`);
  try {
    return await response.json();
  } catch {
    throw new WireError(`${path}: not JSON`);
  }
}
