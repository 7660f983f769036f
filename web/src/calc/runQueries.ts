/** What the server is asked for, of what the address of the table of runs says. */

import type { Field, GroupRuns, ListRuns } from "../api/types";
import { isMeasured, sameField, spell } from "./fields";
import { readOrder, type TableState } from "./tableState";

export const PAGE = 100; // rows
export const MOST_METRICS = 500; // names of metrics, of which each chart or line is made when it comes into view

/** A tree that is searched is a list of what was found, each with its parent named: nothing found lies hidden in it. */
export function listQuery(ids: string[], state: TableState): ListRuns {
  return {
    experiment_id: ids,
    filter: state.filter,
    search: state.search,
    order_by: state.order ? [state.order] : [],
    columns: askedFields(state)?.map(spell) ?? null,
    view_type: state.trash ? "DELETED_ONLY" : null,
    top: state.tree && !state.group && !state.filter && !state.search,
    family: state.tree,
  };
}

export function groupQuery({ experiment_id, filter, search, columns, view_type }: ListRuns, state: TableState): GroupRuns {
  const order = readOrder(state.order);
  const sorts = order && state.group && (isMeasured(order.field) || sameField(order.field, state.group));
  const asked: GroupRuns = { experiment_id, by: state.group ? spell(state.group) : "", order_by: sorts ? state.order : "" };
  return { ...asked, filter: filter ?? "", search: search ?? "", columns: columns ?? null, view_type: view_type ?? null };
}

export function firstPage(query: ListRuns): ListRuns {
  return { ...query, skip: 0, max_results: PAGE, counted: false };
}

export function pageOfGroups(query: GroupRuns, page: number): GroupRuns {
  return { ...query, skip: page * PAGE, max_results: PAGE };
}

/** Attributes come with every row. Null where the server is to choose. */
function askedFields(state: TableState): Field[] | null {
  return state.columns && state.columns.map((one) => one.field).filter((field) => field.kind !== "attribute");
}
