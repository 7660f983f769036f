import { begun } from "./early";
import { render } from "preact";
import { App } from "./app";
import "./style.css";

const PATIENCE_MS = 60; // a page that is drawn once, with what it shows, is there sooner than one that is drawn twice

const root = document.getElementById("app");
await Promise.race([begun, new Promise((done) => window.setTimeout(done, PATIENCE_MS))]);
if (root) render(<App />, root);
