/** The address of now. */

import { ROOT } from "../api/client";
import { ofMlflow } from "../calc/links";

/** Where it is that of a page of MLflow's, as its clients print them, the browser gets that of ours in its place. */
export function hereNow(): URL {
  const here = new URL(window.location.href);
  const ours = here.pathname === ROOT.pathname ? ofMlflow(here.hash) : null;
  if (ours === null) return here;
  const page = new URL(ours, ROOT);
  history.replaceState(null, "", page);
  return page;
}
