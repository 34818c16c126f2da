/** How to play, what happens to the money, and what to do when something is wrong. */
import type { JSX } from "preact";
import { Link } from "../view/link";
import { PageFrame } from "../view/page-frame";

const KEYS: readonly (readonly [string, string])[] = [
  ["Arrows, WASD, numeric pad", "walk; two at once for a diagonal"],
  ["Space, 5 on the pad", "stop"],
  ["1 to 5, Tab", "choose a warrior"],
  ["0", "all of them at once"],
  ["A finger on the arena", "a stick; a tap chooses a warrior"],
  ["Gamepad", "left stick or cross; A stops, shoulders choose, Y takes all"],
  ["Two fingers on the arena", "show more or less of it"],
];

export function Help(): JSX.Element {
  return (
    <PageFrame title="Help">
      <div class="prose">
        <h2>How to play</h2>
        <p>
          Open a lobby, press <em>Play</em> or <em>Enter</em>, and keep the page open. The battle begins when
          the lobby is full, or a while after enough have entered.
        </p>
        <div class="table-room" tabIndex={0} role="region" aria-label="Keys">
          <table class="table">
            <tbody>
              {KEYS.map(([key, meaning]) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td>{meaning}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <h2>Wallets</h2>
        <p>
          On a local chain the page makes a throw-away wallet with play money. Elsewhere any Solana wallet
          with the Wallet Standard will do, hardware wallets too: you sign one transaction to enter, and no
          messages.
        </p>
        <p>
          <em>Sign in at this relay</em>, in the wallet's menu, is optional. It shows the relay whose page
          this is by one signature that moves no money, and the relay says at once if that wallet is banned,
          before you pay a stake. A wallet that signs no messages plays all the same.
        </p>
        <p>
          Entered on another device? While the lobby is open, <em>Play from this browser</em> moves the entry
          here.
        </p>
        <h2>Something went wrong</h2>
        <ul>
          <li>
            Reload at any time: the battle goes on from where it is, and no move that was taken is lost.
          </li>
          <li>Another tab of this browser has the match? Close it, and this one plays.</li>
          <li>
            The operator vanished? <Link href="/my">My matches</Link> says what you can do now and from when
            on; the money does not need them.
          </li>
          <li>
            The session key lives in this browser. If its storage is lost during a battle you cannot move any
            more, but the payout goes to your wallet all the same.
          </li>
          <li>From another machine the page must be served over https, or the browser gives it no keys.</li>
        </ul>
        <h2>Trust</h2>
        <p>
          <em>Verify in this browser</em> recomputes a match from the chain's record. This page came from the
          operator, so it proves little to the suspicious; <code>aurelius verify MATCH --rpc URL</code> does
          the same without it.
        </p>
      </div>
    </PageFrame>
  );
}
