/** The rules of a match in words, with the numbers of its own table. */
import type { JSX } from "preact";
import { clockText } from "../format/time";
import { parseRules, type Rules as Table } from "../match/rules";
import { fetchMatch } from "../net/api";
import { useClient } from "../view/client-context";
import { PageFrame } from "../view/page-frame";
import { useLoaded } from "../view/use-loaded";

export function Rules(): JSX.Element {
  const { live } = useClient();
  const match = live.watched?.key ?? live.index.matches?.[0]?.match;
  const loaded = useLoaded(String(match), async () => {
    if (match === undefined) return undefined;
    const detail = await fetchMatch(match);
    return { mode: detail.summary.mode, rules: parseRules(detail.rules) };
  });
  const table = loaded.kind === "there" ? loaded.value : undefined;
  return (
    <PageFrame title="Rules" lead="The arena is a grid. Whoever stands last takes the pot, or most of it.">
      <div class="prose">
        <h2>Moving</h2>
        <p>
          A warrior holds a heading and walks until you give another one: with the arrows, WASD, the numeric
          pad, a stick under your thumb, or a gamepad. It cannot enter a wall or another warrior; a blocked
          step costs the same time as a step.
        </p>
        <h2>Fighting</h2>
        <p>
          It fights by itself: it strikes the weakest enemy within one cell, twice a second, for 5 to 8
          points. Blows grow with time. Whoever kills heals 5 points, and a row of kills is a streak. A
          warrior with less than half of its target's health strikes 10 % harder.
        </p>
        <h2>The arena</h2>
        <p>
          Everybody bleeds a little, all the time. Rage, heal, shield and speed lie about; walk over them. The
          safe zone closes in, and outside it you lose health fast. Now and then all strike harder, all run,
          or nobody bleeds.
        </p>
        <h2>The end</h2>
        <p>
          It ends when one player's warriors are the only ones left, or at full time: then the living rank
          before the dead, by health, kills and damage dealt. Equals share their places' money.
        </p>
        {table !== undefined && <Numbers mode={table.mode} rules={table.rules} />}
        <h2>Why you need not trust the operator</h2>
        <p>
          Every two seconds a checkpoint goes on chain: all moves, the key of the randomness, and the hash of
          the arena. Anybody can compute every tick again, this page included: press{" "}
          <em>Verify in this browser</em> beside a match. A wrong tick can be proved to the program itself,
          which then gives all stakes back and takes the operator's bond.
        </p>
      </div>
    </PageFrame>
  );
}

function Numbers({ mode, rules }: { readonly mode: string; readonly rules: Table }): JSX.Element {
  const places = rules.placeBps.filter((bps) => bps > 0).map((bps) => `${bps / 100} %`);
  const facts: readonly (readonly [string, string])[] = [
    ["Length", clockText(rules.lengthTicks)],
    ["Arena", `${rules.arenaSide} × ${rules.arenaSide} cells`],
    ["Zone closes from", clockText(rules.shrinkStartTick)],
    ["Last zone", `${rules.zoneSideFinal} × ${rules.zoneSideFinal} cells`],
    ["Paid places", places.join(" / ")],
    ["Fee", `${rules.feeBps / 100} %`],
    ["Burned", `${rules.burnBps / 100} %`],
    ["A step takes", `${rules.moveTicks} ticks of 1/60 s`],
    ["Entering late", rules.lateEntryTicks === 0 ? "no" : `until ${clockText(rules.lateEntryTicks)}`],
  ];
  return (
    <>
      <h2>The numbers of this {mode === "blitz" ? "Blitz" : "Siege"}</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt class="caption">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
