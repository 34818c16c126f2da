/** Starts the page. */
import "./style/tokens.css";
import "./style/base.css";
import "./style/layout.css";
import "./style/rail.css";
import "./style/stage.css";
import "./style/dossier.css";
import "./style/wallet.css";
import "./style/play.css";
import "./style/pages.css";
import { render } from "preact";
import { Client } from "./client";
import { exposeState } from "./debug";
import { adoptHash } from "./route";
import { App } from "./view/app";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no element with the id `app`");
adoptHash();
const client = new Client();
exposeState(client, root);
client.start();
render(<App client={client} />, root);
