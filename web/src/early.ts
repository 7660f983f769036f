/** Runs before all the rest of the program: asks for the first rows of a table, which then come while that begins. */

import { ask, ROOT } from "./api/client";
import { runs } from "./api/trackline";
import { firstPage, listQuery } from "./calc/runQueries";
import { readState } from "./calc/tableState";

const here = new URL(window.location.href);
const [, ids] = /^experiments\/([\d,]+)(?:\/runs)?\/?$/.exec(here.pathname.slice(ROOT.pathname.length)) ?? [];
const state = readState(here.searchParams);
if (ids && !state.group) ask(runs.twin(firstPage(listQuery(ids.split(","), state))));
