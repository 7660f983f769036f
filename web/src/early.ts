/**
 * Runs before all the rest of the program, while that is still being read: begins what the page of this address will want first,
 * and what of the browser's own takes long to begin.
 */

import { ahead, ROOT } from "./api/client";
import { comparison, curves, experiments, runs, views } from "./api/trackline";
import { readView } from "./calc/chartState";
import { comparedRuns, metricsQuery, readCompare, runsQuery } from "./calc/compareState";
import { curveQuery, firstKeys, pointsFor } from "./calc/curveQueries";
import { isSystem } from "./calc/curves";
import { isMeasured } from "./calc/fields";
import { prepare } from "./calc/numbers";
import { firstPage, groupQuery, listQuery, MOST_METRICS, pageOfGroups } from "./calc/runQueries";
import { readState } from "./calc/tableState";
import { defaultOf } from "./calc/views";
import { LOADED } from "./routes";
import { hereNow } from "./state/address";

const here = hereNow();
const query = here.searchParams;

const BEGINNINGS: [RegExp, (of: string) => Promise<unknown>][] = [
  [/^(?:experiments)?$/, () => ahead(() => experiments.list())],
  [/^experiments\/([\d,]+)(?:\/runs)?$/, (ids) => table(ids.split(","))],
  [/^runs\/([^/]+)$/, (id) => run(decodeURIComponent(id))],
  [/^compare$/, () => compared()],
];

async function begin(path: string): Promise<void> {
  const page = LOADED.find(([pattern]) => pattern.test(path))?.[1]().catch(untold);
  for (const [pattern, act] of BEGINNINGS) {
    const match = pattern.exec(path);
    if (match) await act(match[1] ?? "").catch(untold);
  }
  await page;
}

/** Where nothing is chosen, a view may be shown first; that few experiments have, so the plain rows do not wait for it. */
async function table(ids: string[]): Promise<void> {
  ahead(() => experiments.names(ids)).catch(untold);
  const plain = rows(ids, query).catch(untold);
  if (query.size > 0 || ids.length > 1) return plain;
  const first = defaultOf(await ahead(() => views.list(ids[0]!)));
  await (first ? rows(ids, new URLSearchParams(first.query)) : plain);
}

async function rows(ids: string[], shown: URLSearchParams): Promise<void> {
  const state = readState(shown);
  const asked = listQuery(ids, state);
  if (state.group) await ahead(() => runs.groups(pageOfGroups(groupQuery(asked, state), 0)));
  else await ahead(() => runs.list(firstPage(asked)));
}

async function run(id: string): Promise<void> {
  const tab = query.get("tab") ?? "overview";
  ahead(() => runs.page(id)).catch(untold);
  if (tab === "overview") await ahead(() => runs.metrics(id, "", "", MOST_METRICS));
  if (tab !== "charts") return;
  const { key } = await ahead(() => runs.metrics(id, query.get("search") ?? "", "", MOST_METRICS));
  drawn([id], key.filter((one) => !isSystem(one)));
}

async function compared(): Promise<void> {
  const state = readCompare(query);
  const ids = comparedRuns(state);
  if (!ids.length) return;
  ahead(() => comparison.read(runsQuery(ids))).catch(untold);
  if (state.tab !== "curves") return;
  if (state.metrics.length) return drawn(ids, state.metrics);
  const { fields } = await ahead(() => comparison.read(metricsQuery(ids, query.get("search") ?? "")));
  drawn(ids, fields.filter(isMeasured).map((field) => field.key));
}

/** Nobody waits for the curves themselves: what stands round them is drawn meanwhile. */
function drawn(ids: string[], keys: string[]): void {
  const first = firstKeys(keys, ids.length);
  if (first.length) ahead(() => curves(curveQuery(ids, first, readView(query), pointsFor(ids.length)))).catch(untold);
}

/** What failed the page asks again, and tells. */
function untold(): void {}

/** Fulfilled when the page can be drawn with what it shows, or something has failed. */
export const begun = begin(here.pathname.slice(ROOT.pathname.length).replace(/\/+$/, ""));
prepare(navigator.language);
