/**
 * How quickly moves take effect, and how evenly ticks come.
 *
 * Owns the lead: how many ticks ahead of the newest one an input that is sent now takes effect, which prediction
 * draws by. Invariant: bounded memory. Times are milliseconds of `performance.now()`.
 */
import { Store } from "../state/store";
import { AHEAD_TICKS_MAX } from "./prediction";

export interface Health {
  /** Sending to ack: median of the last ones; undefined before the first. */
  readonly latencyMs: number | undefined;
  /** Ticks in the last second. */
  readonly ticksPerSecond: number;
  readonly acked: number;
  readonly rejected: number;
}

/** How a warrior is drawn: in cells, and radians. */
interface Look {
  readonly x: number;
  readonly y: number;
  readonly facing: number | undefined;
}

const KEPT = 31;
const SECOND_MS = 1_000;
/** How much a new measure of the lead counts. */
const LEAD_SHARE = 0.2;
const LEAD_START_TICKS = 2;

export class Measures {
  readonly health = new Store<Health>({ latencyMs: undefined, ticksPerSecond: 0, acked: 0, rejected: 0 });
  leadTicks = LEAD_START_TICKS;
  /** From a key to the first drawing in which a warrior of one's own looks different; for tests. */
  readonly keyToPixelMs: number[] = [];
  /** The same in drawings: 1 is the next one. */
  readonly keyToPixelFrames: number[] = [];
  readonly latenciesMs: number[] = [];
  #ticks: number[] = [];
  /** The receive clock at each unanswered sending, oldest first. */
  #flying: number[] = [];
  #pressedAtMs: number | undefined;
  #framesSince = 0;
  #looks: readonly (Look | undefined)[] = [];

  /** An input went out while tick `at` was being received. */
  sent(at: number): void {
    this.#flying.push(at);
    if (this.#flying.length > KEPT) this.#flying.shift();
  }

  acked(latencyMs: number, tick: number): void {
    const at = this.#flying.shift();
    if (at !== undefined) {
      const lead = Math.min(AHEAD_TICKS_MAX, Math.max(1, tick - at));
      this.leadTicks += (lead - this.leadTicks) * LEAD_SHARE;
    }
    this.latenciesMs.push(latencyMs);
    if (this.latenciesMs.length > KEPT) this.latenciesMs.shift();
    this.health.update((health) => ({
      ...health,
      latencyMs: median(this.latenciesMs),
      acked: health.acked + 1,
    }));
  }

  rejected(): void {
    this.#flying.shift();
    this.health.update((health) => ({ ...health, rejected: health.rejected + 1 }));
  }

  ticked(nowMs: number): void {
    this.#ticks.push(nowMs);
    if (nowMs - (this.#ticks[0] ?? nowMs) < SECOND_MS) return;
    const ticksPerSecond = this.#ticks.length - 1;
    this.#ticks = [nowMs];
    this.health.update((health) => ({ ...health, ticksPerSecond }));
  }

  pressed(nowMs: number): void {
    if (this.#pressedAtMs !== undefined) return;
    this.#pressedAtMs = nowMs;
    this.#framesSince = 0;
  }

  /** One's warriors were drawn so, in the frame of `nowMs`. */
  drawn(nowMs: number, looks: readonly (Look | undefined)[]): void {
    const changed = looks.some((look, index) => {
      const before = this.#looks[index];
      return (
        look !== undefined &&
        before !== undefined &&
        (look.x !== before.x || look.y !== before.y || look.facing !== before.facing)
      );
    });
    this.#looks = looks;
    if (this.#pressedAtMs === undefined) return;
    this.#framesSince += 1;
    if (!changed) return;
    // A frame may carry a time from before the key that it shows.
    push(this.keyToPixelMs, Math.max(0, nowMs - this.#pressedAtMs));
    push(this.keyToPixelFrames, this.#framesSince);
    this.#pressedAtMs = undefined;
  }
}

function push(values: number[], value: number): void {
  values.push(value);
  if (values.length > KEPT) values.shift();
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
