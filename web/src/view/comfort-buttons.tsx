/** Sound and vibration, on or off. */
import type { JSX } from "preact";
import { useClient } from "./client-context";
import { BUZZ, Glyph, LOUD, MUTE } from "./glyph";
import { useStore } from "./use-store";

export function ComfortButtons(): JSX.Element {
  const { feedback } = useClient();
  const { sound, vibration } = useStore(feedback.choices);
  return (
    <div class="comfort" role="group" aria-label="Sound and vibration">
      <button
        type="button"
        class="button"
        data-action="sound"
        aria-pressed={sound}
        aria-label="Sound"
        title={sound ? "Sound is on" : "Sound is off"}
        onClick={(event) => {
          feedback.choose({ sound: !sound });
          event.currentTarget.blur();
        }}
      >
        <Glyph path={sound ? LOUD : MUTE} />
      </button>
      {feedback.rumble.possible && (
        <button
          type="button"
          class="button"
          data-action="vibration"
          aria-pressed={vibration}
          aria-label="Vibration"
          title={vibration ? "Vibration is on" : "Vibration is off"}
          onClick={(event) => {
            feedback.choose({ vibration: !vibration });
            event.currentTarget.blur();
          }}
        >
          <Glyph path={BUZZ} />
        </button>
      )}
    </div>
  );
}
