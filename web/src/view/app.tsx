/** The page as a whole: masthead, the page that the address names, and the last transaction. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Route, Router, Switch, useLocation } from "wouter-preact";
import type { Client } from "../client";
import { clockText } from "../format/time";
import { matchTitle } from "../match/naming";
import { History } from "../page/history";
import { Help } from "../page/help";
import { Leaderboard } from "../page/leaderboard";
import { MyMatches } from "../page/my-matches";
import { NotFound } from "../page/not-found";
import { Player } from "../page/player";
import { Rules } from "../page/rules";
import { basePath, isAddress } from "../route";
import { ArenaPage } from "./arena-page";
import { ClientContext } from "./client-context";
import { Masthead } from "./masthead";
import { TransactionToast } from "./transaction-toast";
import { useStore } from "./use-store";

export function App({ client }: { readonly client: Client }): JSX.Element {
  return (
    <ClientContext.Provider value={client}>
      <Router base={basePath()}>
        <Frame client={client} />
      </Router>
    </ClientContext.Provider>
  );
}

function Frame({ client }: { readonly client: Client }): JSX.Element {
  const { live, game } = client;
  const [path] = useLocation();
  useStore(live.pulse);
  const seat = useStore(game.seat);
  const match = /^\/match\/([^/]+)\/?$/.exec(path)?.[1];
  const named = match !== undefined && isAddress(match) ? match : undefined;
  const home = path === "/";
  useEffect(() => {
    live.navigate(named, home);
    scrollTo(0, 0);
  }, [live, named, home]);
  useTitle(client, home || named !== undefined);
  const battle = live.watched?.snapshot !== undefined && live.watched.isOver === false;
  const playing = (home || named !== undefined) && battle && seat.kind === "playing";
  return (
    <div class={playing ? "app dark" : "app"} data-playing={playing || undefined}>
      <Masthead
        link={live.link}
        nowMs={performance.now()}
        path={path}
        onRetry={() => live.session.retryNow()}
      />
      <Switch>
        <Route path="/">
          <ArenaPage chosen={undefined} />
        </Route>
        <Route path="/match/:match">
          {named === undefined ? <NotFound /> : <ArenaPage chosen={named} />}
        </Route>
        <Route path="/leaderboard">
          <Leaderboard />
        </Route>
        <Route path="/player/:wallet">{({ wallet }) => <Player wallet={wallet} />}</Route>
        <Route path="/my">
          <MyMatches />
        </Route>
        <Route path="/history">
          <History />
        </Route>
        <Route path="/rules">
          <Rules />
        </Route>
        <Route path="/help">
          <Help />
        </Route>
        <Route>
          <NotFound />
        </Route>
      </Switch>
      <TransactionToast />
    </div>
  );
}

/** The title of the arena's page; other pages have one of their own. */
function useTitle({ live }: Client, isArena: boolean): void {
  const { watched } = live;
  const summary = watched?.detail?.summary;
  let title = "Aurelius";
  if (watched !== undefined && summary !== undefined) {
    const running = watched.snapshot !== undefined && !watched.isOver;
    const left = running ? `${clockText(summary.length_ticks - live.tick)} · ` : "";
    title = `${left}${matchTitle(summary)} · Aurelius`;
  }
  useEffect(() => {
    if (isArena) document.title = title;
  }, [title, isArena]);
}
