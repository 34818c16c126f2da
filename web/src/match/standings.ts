/**
 * Who leads, from the latest snapshot.
 *
 * The order is the rules' own (docs/RULES.md): any warrior alive, hit points, eliminations. Their last
 * criterion, damage dealt, is not on the wire; ties stand in slot order. Invariant: pure and total. Absent: the
 * final ranking, which the chain decides and the page only shows.
 */
import type { PlayerInfo, Snapshot } from "@aurelius/sdk/wire";

export interface Standing {
  readonly player: PlayerInfo;
  readonly alive: number;
  /** Warriors that have entered the arena, dead or alive. */
  readonly entered: number;
  /** Sum of the living warriors' hit points. */
  readonly hp: number;
  readonly kills: number;
  readonly streak: number;
}

/** One line per player, best first. Without a snapshot everybody is unhurt and in slot order. */
export function standings(players: readonly PlayerInfo[], snapshot: Snapshot | undefined): Standing[] {
  const lines = players.map((player) => standing(player, snapshot));
  return lines.sort(
    (a, b) =>
      Math.sign(b.alive) - Math.sign(a.alive) ||
      b.hp - a.hp ||
      b.kills - a.kills ||
      a.player.slot - b.player.slot,
  );
}

function standing(player: PlayerInfo, snapshot: Snapshot | undefined): Standing {
  const line = { player, alive: 0, entered: 0, hp: 0, kills: 0, streak: 0 };
  for (const warrior of snapshot?.warriors ?? []) {
    if (warrior.owner !== player.slot) continue;
    line.entered += 1;
    line.kills += warrior.kills;
    line.streak = Math.max(line.streak, warrior.streak);
    if (warrior.hp === 0) continue;
    line.alive += 1;
    line.hp += warrior.hp;
  }
  return line;
}
