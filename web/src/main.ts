/** Starts the page. */
import "./style/tokens.css";
import "./style/base.css";
import "./style/layout.css";
import "./style/rail.css";
import "./style/stage.css";
import "./style/dossier.css";
import { App } from "./app";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no element with the id `app`");
new App(root).start();
