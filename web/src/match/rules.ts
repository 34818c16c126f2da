/**
 * The numbers of a match that the page explains, read from its rules table.
 *
 * Layout: `arena::Rules` version 1, 96 bytes, little-endian (docs/RULES.md). Invariant: a table of
 * another version or length is refused, never guessed at. Absent: everything the page does not show.
 */
import { WireError } from "@aurelius/sdk/wire";

const LENGTH = 96;
const VERSION = 1;

export interface Rules {
  /** Cells of one side inside the walls. */
  readonly arenaSide: number;
  readonly zoneSideFinal: number;
  readonly lengthTicks: number;
  readonly checkpointTicks: number;
  readonly checkpointCount: number;
  readonly lateEntryTicks: number;
  readonly feeBps: number;
  readonly burnBps: number;
  /** First, second, third place in basis points of the pot. */
  readonly placeBps: readonly number[];
  readonly healthMax: number;
  readonly moveTicks: number;
  readonly moveFastTicks: number;
  readonly shrinkStartTick: number;
  readonly shrinkEveryTicks: number;
}

export function parseRules(table: readonly number[]): Rules {
  if (table.length !== LENGTH)
    throw new WireError(`a rules table has ${LENGTH} bytes, this one ${table.length}`);
  const view = new DataView(Uint8Array.from(table).buffer);
  const u16 = (offset: number): number => view.getUint16(offset, true);
  if (view.getUint8(0) !== VERSION)
    throw new WireError(`rules table version ${view.getUint8(0)}, expected ${VERSION}`);
  const lengthTicks = u16(8);
  const checkpointTicks = u16(10) * view.getUint8(7);
  return {
    arenaSide: view.getUint8(5),
    zoneSideFinal: view.getUint8(6),
    lengthTicks,
    checkpointTicks,
    checkpointCount: checkpointTicks === 0 ? 0 : Math.floor(lengthTicks / checkpointTicks),
    lateEntryTicks: u16(14),
    feeBps: u16(16),
    burnBps: u16(18),
    placeBps: [u16(20), u16(22), u16(24)],
    healthMax: u16(28),
    moveTicks: u16(32),
    moveFastTicks: u16(34),
    shrinkStartTick: u16(62),
    shrinkEveryTicks: u16(64),
  };
}

export interface Phase {
  readonly name: string;
  /** What happens next, when something does. */
  readonly note: string;
}

/** The part of the battle that `tick` lies in. */
export function phaseAt(rules: Rules, tick: number): Phase {
  const untilShrink = rules.shrinkStartTick - tick;
  const shrinks = Math.max(0, (rules.arenaSide - rules.zoneSideFinal) / 2);
  const lastShrink = rules.shrinkStartTick + Math.max(0, shrinks - 1) * rules.shrinkEveryTicks;
  if (shrinks === 0 || (untilShrink > 0 && rules.shrinkStartTick >= rules.lengthTicks)) {
    return { name: "Open field", note: "the zone holds" };
  }
  if (untilShrink > 0) return { name: "Open field", note: `zone closes in ${seconds(untilShrink)}` };
  if (tick >= lastShrink) return { name: "Last ring", note: "the zone holds" };
  const next = rules.shrinkEveryTicks - ((tick - rules.shrinkStartTick) % rules.shrinkEveryTicks);
  return { name: "Closing in", note: `next ring in ${seconds(next)}` };
}

function seconds(ticks: number): string {
  return `${Math.ceil(ticks / 60)} s`;
}
