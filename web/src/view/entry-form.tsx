/**
 * How many warriors, and the one button that says what happens next.
 *
 * Invariant: there is exactly one way forward at any moment: play on the burner, connect, enter, wait, or leave.
 */
import type { MatchSummary } from "@aurelius/sdk/wire";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { moneyText } from "../format/money";
import { tokenOf } from "../match/token";
import type { WatchedMatch } from "../match/watched";
import { whatIsMissing } from "../play/key-store";
import { BURNER_NAME } from "../wallet/burner";
import { useClient } from "./client-context";
import { useStore } from "./use-store";
import { WalletChooser } from "./wallet-button";

/** The rules' own limit for one player. */
const WARRIORS_MAX = 5;

interface EntryFormProps {
  readonly match: WatchedMatch;
  readonly own: number | undefined;
}

export function EntryForm({ match, own }: EntryFormProps): JSX.Element | null {
  const { chain, wallets, transactor, entering, live } = useClient();
  const chainState = useStore(chain.state);
  const wallet = useStore(wallets.state);
  const list = useStore(wallets.list);
  const transaction = useStore(transactor.current);
  const [warriors, setWarriors] = useState(1);
  const [error, setError] = useState<string | undefined>(undefined);
  const detail = match.detail;
  if (detail === undefined || detail.summary.status !== "open") return null;
  const { summary } = detail;
  if (chainState.kind !== "known") {
    return chainState.kind === "asking" ? null : (
      <p class="entry-hint">You can watch here: {chainState.reason}.</p>
    );
  }
  const busy = transactor.busy || ["preparing", "approve", "sending"].includes(transaction?.stage ?? "");
  const seat = own ?? playerOf(match, wallets.address);
  if (seat !== undefined) {
    const paid = match.player(seat)?.paid ?? 0n;
    const canLeave = wallets.address === match.player(seat)?.wallet;
    const isHere = own !== undefined;
    return (
      <div class="entry-form" data-state={isHere ? "entered" : "entered-elsewhere"}>
        <p class="entry-done" role="status">
          {isHere
            ? "You are in. Keep this page open; the battle begins by itself."
            : "This wallet is in, with a key of another browser, which plays."}
        </p>
        {!isHere && (
          <button
            type="button"
            class="button button-main"
            data-action="move-here"
            disabled={busy}
            onClick={() => void entering.moveHere(summary).then((moved) => moved && live.askDetail())}
          >
            Play from this browser
          </button>
        )}
        <button
          type="button"
          class="button"
          disabled={busy || !canLeave}
          onClick={() => void entering.leave(summary, paid).then((left) => left && live.askDetail())}
        >
          Leave and take {moneyText(paid, tokenOf(summary))} back
        </button>
      </div>
    );
  }
  const missing = whatIsMissing();
  if (missing !== undefined) return <p class="entry-hint">{missing}</p>;
  const room = Math.min(WARRIORS_MAX, summary.warriors_max - summary.warriors);
  if (summary.players >= summary.players_max || room < 1) return null;
  const count = Math.min(warriors, room);
  const burner = list.some((one) => one.name === BURNER_NAME);
  const act = (run: () => Promise<boolean>): void => {
    setError(undefined);
    run()
      .then((done) => done && live.askDetail())
      .catch((trouble: unknown) =>
        setError(trouble instanceof Error ? trouble.message : "something went wrong"),
      );
  };
  return (
    <div class="entry-form" data-state="free">
      <WarriorCount count={count} room={room} onChange={setWarriors} />
      {wallet.kind === "connected" ? (
        <button
          type="button"
          class="button button-main"
          data-action="enter"
          disabled={busy}
          onClick={() => act(() => entering.enter(summary, count))}
        >
          {busy ? "Entering…" : `Enter for ${stakeText(summary, count)}`}
        </button>
      ) : burner ? (
        <button
          type="button"
          class="button button-main"
          data-action="play"
          disabled={busy || wallet.kind === "connecting"}
          onClick={() => act(() => entering.playOnBurner(summary, count))}
        >
          {busy ? "Entering…" : `Play for ${stakeText(summary, count)}`}
        </button>
      ) : (
        <WalletChooser />
      )}
      {burner && wallet.kind !== "connected" && (
        <p class="entry-hint">
          A local chain: a throw-away wallet with play money is made in this browser. <WalletChooser quiet />
        </p>
      )}
      {error !== undefined && (
        <p class="entry-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function playerOf(match: WatchedMatch, wallet: string | undefined): number | undefined {
  return wallet === undefined
    ? undefined
    : match.detail?.players.find((player) => player.wallet === wallet)?.slot;
}

function stakeText(summary: MatchSummary, warriors: number): string {
  return moneyText(summary.stake_per_warrior * BigInt(warriors), tokenOf(summary));
}

interface WarriorCountProps {
  readonly count: number;
  readonly room: number;
  readonly onChange: (count: number) => void;
}

function WarriorCount({ count, room, onChange }: WarriorCountProps): JSX.Element {
  return (
    <fieldset class="warrior-count">
      <legend class="visually-hidden">How many warriors</legend>
      {Array.from({ length: room }, (_, index) => index + 1).map((number) => (
        <label key={number}>
          <input
            type="radio"
            name="warriors"
            value={number}
            checked={number === count}
            onChange={() => onChange(number)}
          />
          <span>{number}</span>
        </label>
      ))}
      <span class="warrior-count-unit">{count === 1 ? "warrior" : "warriors"}</span>
    </fieldset>
  );
}
