/** What the table of runs shows, as its address says it. Everything that a colleague should see is in there. */

import type { Field } from "../api/types";
import { read, spell } from "./fields";

export interface Column {
  field: Field;
  pinned: boolean;
}

/** A column whose cells are coloured, and which end of it is the better. */
export interface Heat {
  field: Field;
  best: "high" | "low";
}

/** How wide a column is, in px, where somebody has moved its edge. */
export interface Width {
  field: Field;
  width: number;
}

/**
 * `columns` null: those that the server thinks telling. `order`: a clause such as `metrics.loss DESC`. `group`: what
 * puts runs into groups; null: nothing. `open`: the ids of the lines below which others are shown.
 */
export interface TableState {
  filter: string;
  search: string;
  order: string;
  columns: Column[] | null;
  trash: boolean;
  differing: boolean;
  tree: boolean;
  group: Field | null;
  open: string[];
  heat: Heat[];
  widths: Width[];
}

const PIN = "!";
const MOST_OPEN = 100; // lines: an address has its limits, so the first opened are closed

export function readState(query: URLSearchParams): TableState {
  const columns = query.getAll("column").map(readColumn).filter((one) => one !== null);
  return {
    filter: query.get("filter") ?? "",
    search: query.get("search") ?? "",
    order: query.get("order") ?? "",
    columns: query.has("column") ? columns : null,
    trash: query.get("trash") === "1",
    differing: query.get("differing") === "1",
    tree: query.get("tree") === "1",
    group: read(query.get("group") ?? ""),
    open: query.getAll("open"),
    heat: query.getAll("heat").map(readHeat).filter((one) => one !== null),
    widths: query.getAll("width").map(readWidth).filter((one) => one !== null),
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
    tree: state.tree ? "1" : null,
    group: state.group && spell(state.group),
    open: state.open.slice(-MOST_OPEN),
    heat: state.heat.map(({ field, best }) => `${best} ${spell(field)}`),
    width: state.widths.map(({ field, width }) => `${width} ${spell(field)}`),
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

function readHeat(text: string): Heat | null {
  const [, best, name] = /^(high|low) (.*)$/s.exec(text) ?? [];
  const field = name ? read(name) : null;
  return field && { field, best: best as Heat["best"] };
}

function readWidth(text: string): Width | null {
  const [, width, name] = /^(\d{2,4}) (.*)$/s.exec(text) ?? [];
  const field = name ? read(name) : null;
  return field && { field, width: Number(width) };
}
