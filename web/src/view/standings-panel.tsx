/**
 * Who stands how, while the match runs and after it.
 *
 * Live: the order the rules would give now. Over: the places and payouts the chain decided, with the
 * transactions that paid them. A row is a button that highlights the player's warriors on the board.
 */
import { HP_MAX, type MatchDetail } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { livery } from "../board/palette";
import { moneyText, type Token } from "../format/money";
import { shortKey } from "../format/short";
import type { Standing } from "../match/standings";
import { FLAME, Glyph, SWORDS } from "./glyph";
import { PlayerTag } from "./player-tag";
import { SignatureLink } from "./signature-link";

export interface StandingsProps {
  readonly lines: readonly Standing[];
  readonly detail: MatchDetail;
  readonly token: Token;
  /** Whether the chain has decided. */
  readonly decided: boolean;
  readonly inArena: boolean;
  readonly focus: number | undefined;
  /** The slot of whoever plays here. */
  readonly own: number | undefined;
  readonly onFocus: (slot: number | undefined) => void;
}

export function StandingsPanel(props: StandingsProps): JSX.Element {
  const { lines, decided, inArena, token, detail } = props;
  const alive = lines.reduce((sum, line) => sum + line.alive, 0);
  const total = lines.reduce((sum, line) => sum + line.player.warriors, 0);
  const ordered = decided ? byPlace(lines) : lines;
  const { result } = detail;
  return (
    <section class="panel" data-panel="standings">
      <div class="panel-head">
        <h2 class="caption">{decided ? "Final ranking" : inArena ? "Standings" : "Players"}</h2>
        <span class="panel-note">
          {inArena ? `${alive} of ${total} warriors stand` : `${total} warriors`}
        </span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Players">
        {lines.length === 0 && <p class="panel-empty">Nobody has entered yet.</p>}
        <ol class="standings">
          {ordered.map((line, index) => (
            <Row key={line.player.slot} {...props} line={line} rank={line.player.place ?? index + 1} />
          ))}
        </ol>
      </div>
      {result !== null && (
        <div class="sums">
          {`Pot ${moneyText(result.pot, token)}   ·   fee ${moneyText(result.fee, token)}   ·   burned ${moneyText(result.burn, token)}`}
        </div>
      )}
    </section>
  );
}

function byPlace(lines: readonly Standing[]): Standing[] {
  return lines
    .map((line, index) => ({ line, key: line.player.place ?? 1000 + index, index }))
    .sort((a, b) => a.key - b.key || a.index - b.index)
    .map((entry) => entry.line);
}

interface RowProps extends StandingsProps {
  readonly line: Standing;
  readonly rank: number;
}

function Row(props: RowProps): JSX.Element {
  const { line, rank, decided, inArena, focus, own, onFocus, token } = props;
  const { player } = line;
  const { slot } = player;
  const focused = focus === slot;
  const out = inArena && !decided && line.alive === 0 && line.entered > 0;
  const paid = player.payout !== null && player.payout > 0n;
  return (
    <li
      class="standing"
      data-slot={slot}
      data-out={out || undefined}
      data-own={slot === own || undefined}
      data-place={decided ? rank : undefined}
      style={{ "--livery": livery(slot).field }}
    >
      <button
        type="button"
        class="standing-main"
        aria-pressed={focused}
        title={rowLabel(props)}
        onClick={() => onFocus(focused ? undefined : slot)}
      >
        <span class="rank">{inArena || decided ? rank : ""}</span>
        <PlayerTag slot={slot} player={player} size={22} own={slot === own} />
        {player.late && <span class="tag">late</span>}
        <span class="spacer" />
        {line.streak >= 2 && !decided && (
          <span class="streak">
            <Glyph path={FLAME} />
            <span>×{line.streak}</span>
          </span>
        )}
        {inArena && (
          <span class="tally" data-zero={line.kills === 0 || undefined}>
            <Glyph path={SWORDS} />
            <span>{line.kills}</span>
          </span>
        )}
        {!decided && <Pips count={player.warriors} alive={inArena ? line.alive : player.warriors} />}
        {decided && (
          <span class="payout" data-paid={paid || undefined}>
            {paid ? moneyText(player.payout ?? 0n, token) : "–"}
          </span>
        )}
        {!decided && inArena && (
          <span
            class="health"
            style={{ "--share": (line.hp / (Math.max(1, player.warriors) * HP_MAX)).toFixed(3) }}
          />
        )}
      </button>
      {decided && paid && player.claimed_in !== null && (
        <span class="claim">
          <span class="claim-word">{player.refunded ? "Refunded in" : "Paid in"}</span>
          <SignatureLink signature={player.claimed_in} what="claim transaction signature" head={6} tail={6} />
        </span>
      )}
    </li>
  );
}

function Pips({ count, alive }: { readonly count: number; readonly alive: number }): JSX.Element {
  return (
    <span class="pips">
      {Array.from({ length: count }, (_, index) => (
        <i key={index} data-alive={index < alive || undefined} />
      ))}
    </span>
  );
}

function rowLabel({ rank, line, decided, inArena, token, own }: RowProps): string {
  const who = line.player.slot === own ? "you" : shortKey(line.player.wallet);
  const name = `${rank} ${who}`;
  if (decided) return `${name}, payout ${moneyText(line.player.payout ?? 0n, token)}, ${line.kills} kills`;
  if (!inArena) return `${who}, ${line.player.warriors} warriors`;
  return `${name}, ${line.alive} of ${line.player.warriors} warriors alive, ${line.hp} hit points, ${line.kills} kills. Highlight on the board`;
}
