/** The columns of the table of runs: which there are, how wide, and what stands in their cells. */

import type { Field } from "../api/types";
import { isMeasured, sameField } from "../calc/fields";
import { ago, duration, fullTime, shortNumber } from "../calc/numbers";
import type { Column, TableState } from "../calc/tableState";
import { locale, t } from "../state/preferences";
import type { Row } from "./rows";

const attribute = (key: string): Field => ({ kind: "attribute", key });

export const NAME = attribute("run_name");
export const DURATION = attribute("duration"); // the page's own: it stands nowhere on the server, so nothing sorts by it
export const ATTRIBUTES = [DURATION, ...["start_time", "end_time", "user_id", "status", "run_id"].map(attribute)];
const FIRST_SHOWN = [attribute("start_time"), DURATION, attribute("user_id")];

/** Those that the address names, or else some that tell; pinned ones first. The name always stands before them. */
export function shownColumns(state: TableState, telling: Field[]): Column[] {
  const columns = state.columns ?? [...FIRST_SHOWN, ...telling].map((field) => ({ field, pinned: false }));
  return [...columns.filter((one) => one.pinned), ...columns.filter((one) => !one.pinned)];
}

/** What the server is asked for: attributes come with every row. Undefined where it is to choose. */
export function askedFields(state: TableState): Field[] | null {
  return state.columns && state.columns.map((one) => one.field).filter((field) => field.kind !== "attribute");
}

export function width(field: Field): number {
  if (field.kind === "attribute") return { run_id: 280, start_time: 130, end_time: 130, duration: 116, status: 100 }[field.key] ?? 120;
  return Math.min(Math.max(72 + field.key.length * 5, 108), 200);
}

export function title(field: Field): string {
  if (field.kind !== "attribute") return field.key;
  return {
    run_name: t("name"),
    start_time: t("started"),
    end_time: t("ended"),
    duration: t("duration"),
    user_id: t("user"),
    status: t("status"),
    run_id: t("runId"),
  }[field.key] ?? field.key;
}

export interface Shown {
  text: string;
  full: string; // for the title
}

export function shown(row: Row, field: Field): Shown {
  if (field.kind === "attribute") return shownAttribute(row, field.key);
  const value = row.cell(field);
  if (value === null) return { text: "", full: "" };
  const text = isMeasured(field) || typeof value === "number" ? shortNumber(value, locale.value) : value;
  return { text, full: String(value) };
}

function shownAttribute(row: Row, key: string): Shown {
  const started = row.of("start_time");
  const ended = row.of("end_time");
  switch (key) {
    case "start_time":
      return { text: ago(started, Date.now(), locale.value), full: fullTime(started, locale.value) };
    case "end_time":
      return { text: ago(ended, Date.now(), locale.value), full: fullTime(ended, locale.value) };
    case "duration": {
      const text = started ? duration((ended ?? row.of("last_seen") ?? started) - started) : "";
      return { text, full: text };
    }
    case "status":
      return { text: t(`status_${row.of("status")}`), full: row.of("status") };
    case "run_id":
      return { text: row.id, full: row.id };
    default:
      return { text: row.of("user_id"), full: row.of("user_id") };
  }
}

export function withColumn(columns: Column[], field: Field, change: Partial<Column> | null): Column[] {
  if (change === null) return columns.filter((one) => !sameField(one.field, field));
  return columns.map((one) => (sameField(one.field, field) ? { ...one, ...change } : one));
}

export function moved(columns: Column[], field: Field, by: number): Column[] {
  const at = columns.findIndex((one) => sameField(one.field, field));
  const to = at + by;
  const one = columns[at];
  const other = columns[to];
  if (!one || !other) return columns;
  const next = [...columns];
  next[at] = other;
  next[to] = one;
  return next;
}
