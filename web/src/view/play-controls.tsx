/**
 * What a player sees besides the arena: their warriors, how moves fare, and the stick under the thumb.
 *
 * Invariant: everything here can be done by keyboard, by pointer and by touch.
 */
import { HP_MAX, type Warrior } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { livery } from "../board/palette";
import { clockText } from "../format/time";
import { phaseAt } from "../match/rules";
import { listenToStick, type StickView } from "../play/controls/stick";
import { listenToPinch } from "../play/controls/pinch";
import { useClient } from "./client-context";
import { ComfortButtons } from "./comfort-buttons";
import { SPECIAL } from "./hud";
import { useStore } from "./use-store";

export function PlayControls(): JSX.Element | null {
  const { game, live } = useClient();
  const seat = useStore(game.seat);
  const match = live.watched;
  if (match === undefined || seat.kind === "watching" || match.isOver || match.snapshot === undefined)
    return null;
  if (seat.kind === "elsewhere") {
    return (
      <p class="play-banner" role="status">
        Another tab of this browser plays this match. Close it to play here.
      </p>
    );
  }
  const { snapshot, rules } = match;
  const own = game.own.flatMap((index) => {
    const warrior = snapshot.warriors[index];
    return warrior === undefined ? [] : [{ index, warrior }];
  });
  const standing = own.filter(({ warrior }) => warrior.hp > 0).length;
  const phase = rules === undefined ? undefined : phaseAt(rules, live.tick);
  const special = snapshot.special === null ? undefined : SPECIAL[snapshot.special.kind];
  const first = own[0]?.warrior;
  return (
    <div class="play">
      <h1 class="visually-hidden">The battle</h1>
      <div class="play-strip">
        <span class="play-time">{clockText((rules?.lengthTicks ?? 0) - live.tick)}</span>
        <span class="play-phase" data-special={special === undefined ? undefined : ""}>
          {special === undefined
            ? `${phase?.name ?? ""}: ${phase?.note ?? ""}`
            : `${special.name}: ${special.note}`}
        </span>
        {first !== undefined && first.streak >= 2 && <span class="play-streak">streak ×{first.streak}</span>}
        <HealthLine />
        <ComfortButtons />
      </div>
      <Notice />
      {own.length > 0 && standing === 0 ? (
        <p class="play-banner" role="alert">
          Your warriors have fallen. The battle goes on; stay and watch.
        </p>
      ) : (
        <Warriors own={own} slot={seat.slot} />
      )}
      <Stick />
    </div>
  );
}

function Notice(): JSX.Element | null {
  const notice = useStore(useClient().game.notice);
  return notice === undefined ? null : (
    <p class="play-notice" role="status">
      {notice}
    </p>
  );
}

function HealthLine(): JSX.Element {
  const { latencyMs, ticksPerSecond, acked, rejected } = useStore(useClient().game.measures.health);
  const slow = ticksPerSecond > 0 && ticksPerSecond < 50;
  return (
    <span
      class="play-health"
      data-slow={slow || undefined}
      title={`${acked} moves taken, ${rejected} refused`}
    >
      {latencyMs === undefined ? "" : `${Math.round(latencyMs)} ms · `}
      {ticksPerSecond} ticks/s
    </span>
  );
}

interface WarriorsProps {
  readonly own: readonly { readonly index: number; readonly warrior: Warrior }[];
  readonly slot: number;
}

function Warriors({ own, slot }: WarriorsProps): JSX.Element {
  const { game } = useClient();
  const choice = useStore(game.choice);
  return (
    <div
      class="play-warriors"
      role="group"
      aria-label="Your warriors"
      style={{ "--livery": livery(slot).field }}
    >
      {own.map(({ index, warrior }, place) => (
        <button
          key={index}
          type="button"
          class="play-warrior"
          aria-pressed={choice === place || choice === "all"}
          disabled={warrior.hp === 0}
          title={`${warrior.hp} hit points, ${warrior.kills} kills`}
          onClick={(event) => {
            game.choose(place);
            event.currentTarget.blur();
          }}
        >
          <span class="play-number">{place + 1}</span>
          <span class="play-hp" style={{ "--share": (warrior.hp / HP_MAX).toFixed(2) }} />
          <span class="play-points">{warrior.hp === 0 ? "†" : warrior.hp}</span>
        </button>
      ))}
      {own.length > 1 && (
        <button
          type="button"
          class="play-warrior"
          aria-pressed={choice === "all"}
          onClick={(event) => {
            game.choice.set("all");
            event.currentTarget.blur();
          }}
        >
          All
        </button>
      )}
      <button
        type="button"
        class="play-warrior play-stop"
        onClick={(event) => {
          game.steer(0);
          event.currentTarget.blur();
        }}
      >
        Stop
      </button>
    </div>
  );
}

/** Draws the stick where the finger is; the finger itself is on the canvas. */
function Stick(): JSX.Element {
  const { game, live } = useClient();
  const room = useRef<HTMLDivElement>(null);
  const [stick, setStick] = useState<StickView | undefined>(undefined);
  useEffect(() => {
    const target = room.current;
    if (target === null) return;
    let pinching = false;
    const stopPinch = listenToPinch(target, {
      zoom: (factor, x, y) => live.zoomBy(factor, x, y, target),
      pan: (dx, dy) => pinching && live.panBy(dx, dy),
      canPan: () => false,
      pinching: (on) => {
        pinching = on;
      },
    });
    const stopStick = listenToStick(target, {
      steer: (heading) => game.steer(heading),
      tapped: (x, y) => {
        const canvas = live.board?.canvas;
        if (canvas === undefined) return;
        const from = target.getBoundingClientRect();
        const to = canvas.getBoundingClientRect();
        live.pick(x + from.left - to.left, y + from.top - to.top);
      },
      shown: setStick,
      active: () => game.fighting && !pinching,
    });
    return () => {
      stopPinch();
      stopStick();
    };
  }, [game, live]);
  return (
    <div class="stick-room" ref={room} aria-hidden="true">
      {stick !== undefined && (
        <span class="stick" style={{ "--x": `${stick.x}px`, "--y": `${stick.y}px` }}>
          <i style={{ "--x": `${stick.dx}px`, "--y": `${stick.dy}px` }} />
        </span>
      )}
    </div>
  );
}
