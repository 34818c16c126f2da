/** How much of the arena is shown, and whom the picture follows. */
import { HP_MAX } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { useClient } from "./client-context";
import { playerName } from "./player-tag";

const ZOOM_STEP = 1.5;

export function CameraControls(): JSX.Element | null {
  const { live, game } = useClient();
  const { scene, follow } = live;
  const snapshot = scene?.snapshot;
  if (scene === undefined || snapshot === undefined) return null;
  const own = game.slotIn(scene);
  const numbers = new Map<number, number>();
  const warriors = snapshot.warriors.flatMap(({ owner, hp }, index) => {
    const number = (numbers.get(owner) ?? 0) + 1;
    numbers.set(owner, number);
    const name = owner === own ? "you" : playerName(owner, scene.player(owner));
    return hp === 0 && index !== follow ? [] : [{ index, label: `${name} · ${number}`, hp }];
  });
  const zoom = (factor: number): void => live.zoomBy(factor);
  return (
    <div class="camera" role="group" aria-label="View of the arena">
      <select
        class="select"
        aria-label="Follow a warrior"
        value={follow === undefined ? "" : String(follow)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          live.setFollow(value === "" ? undefined : Number(value));
        }}
      >
        <option value="">Whole arena</option>
        {warriors.map(({ index, label, hp }) => (
          <option key={index} value={String(index)}>
            {hp === 0 ? `${label} †` : hp < HP_MAX / 4 ? `${label} (${hp} HP)` : label}
          </option>
        ))}
      </select>
      <button type="button" class="button camera-zoom" aria-label="Show less" onClick={() => zoom(ZOOM_STEP)}>
        +
      </button>
      <button
        type="button"
        class="button camera-zoom"
        aria-label="Show more"
        onClick={() => zoom(1 / ZOOM_STEP)}
      >
        −
      </button>
    </div>
  );
}
