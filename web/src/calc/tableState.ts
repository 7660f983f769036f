/** What the table of runs shows, as its address says it. Everything that a colleague should see is in there. */

import type { Field } from "../api/types";
import { read, spell } from "./fields";

export interface Column {
  field: Field;
  pinned: boolean;
}

/** `columns` null: those that the server thinks telling. `order`: a clause such as `metrics.loss DESC`. */
export interface TableState {
  filter: string;
  search: string;
  order: string;
  columns: Column[] | null;
  trash: boolean;
  differing: boolean;
}

const PIN = "!";

export function readState(query: URLSearchParams): TableState {
  const columns = query.getAll("column").map(readColumn).filter((one) => one !== null);
  return {
    filter: query.get("filter") ?? "",
    search: query.get("search") ?? "",
    order: query.get("order") ?? "",
    columns: query.has("column") ? columns : null,
    trash: query.get("trash") === "1",
    differing: query.get("differing") === "1",
  };
}

/** The parameters of the address; what is as it would be anyway is left out. */
export function writeState(state: TableState): Record<string, string | string[] | null> {
  return {
    filter: state.filter || null,
    search: state.search || null,
    order: state.order || null,
    column: state.columns && (state.columns.length ? state.columns.map(writeColumn) : [""]),
    trash: state.trash ? "1" : null,
    differing: state.differing ? "1" : null,
  };
}

export interface Order {
  field: Field;
  ascending: boolean;
}

export function readOrder(order: string): Order | null {
  const [, text, direction] = /^(.*?)(?:\s+(ASC|DESC))?$/.exec(order) ?? [];
  const field = text ? read(text) : null;
  return field && { field, ascending: direction !== "DESC" };
}

export function writeOrder(order: Order): string {
  return `${spell(order.field)} ${order.ascending ? "ASC" : "DESC"}`;
}

function readColumn(text: string): Column | null {
  const pinned = text.startsWith(PIN);
  const field = read(pinned ? text.slice(1) : text);
  return field && { field, pinned };
}

function writeColumn(column: Column): string {
  return (column.pinned ? PIN : "") + spell(column.field);
}
