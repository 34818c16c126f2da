/** Starts the page. */
import "./style/tokens.css";
import "./style/base.css";
import "./style/layout.css";
import "./style/rail.css";
import "./style/stage.css";
import "./style/dossier.css";
import "./style/wallet.css";
import "./style/play.css";
import "./style/replay.css";
import "./style/pages.css";
import { render } from "preact";
import { Client } from "./client";
import { exposeState } from "./debug";
import { adoptHash } from "./route";
import { App } from "./view/app";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no element with the id `app`");
adoptHash();
// A fragment alone would be resolved against <base>, which is the place of the page and not this address.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  const stage = document.getElementById("stage");
  // On a narrow screen the first page is the list alone.
  (stage?.offsetParent === null ? document.querySelector("main") : stage)?.focus();
});
const client = new Client();
exposeState(client, root);
client.start();
render(<App client={client} />, root);
