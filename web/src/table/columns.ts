/** The columns of the table of runs: which there are, how wide, and what stands in their cells. */

import type { Field } from "../api/types";
import { isMeasured, sameField } from "../calc/fields";
import { ago, duration, fullTime, heard, shortNumber } from "../calc/numbers";
import type { Column, TableState } from "../calc/tableState";
import { locale, t } from "../state/preferences";
import type { Scale } from "./heat";
import type { Row } from "./rows";

const attribute = (key: string): Field => ({ kind: "attribute", key });

export const NAME = attribute("run_name");
export const DURATION = attribute("duration"); // the page's own: it stands nowhere on the server, so nothing sorts by it
export const ATTRIBUTES = [DURATION, ...["start_time", "end_time", "user_id", "status", "run_id"].map(attribute)];
export const USER = attribute("user_id");
export const STATUS = attribute("status");
const FIRST_SHOWN = [attribute("start_time"), DURATION, USER];

/** A column as it is drawn; `heat`: how its cells are coloured. */
export interface ShownColumn extends Column {
  width: number; // px
  heat: Scale | null;
}

/** With its width, which is wider where groups show a mean and a deviation. */
export function drawn(column: Column, state: TableState, heat: (field: Field) => Scale | null): ShownColumn {
  const { field } = column;
  const chosen = state.widths.find((one) => sameField(one.field, field))?.width;
  const usual = state.group && isMeasured(field) ? Math.max(width(field), 150) : width(field);
  return { ...column, width: chosen ?? usual, heat: heat(field) };
}

/** Those that the address names, or else some that tell; pinned ones first. The name always stands before them. */
export function shownColumns(state: TableState, telling: Field[]): Column[] {
  const columns = state.columns ?? [...FIRST_SHOWN, ...telling].map((field) => ({ field, pinned: false }));
  return [...columns.filter((one) => one.pinned), ...columns.filter((one) => !one.pinned)];
}

function width(field: Field): number {
  if (field.kind === "attribute") return { run_name: 260, run_id: 280, start_time: 130, end_time: 130, duration: 116, status: 190 }[field.key] ?? 120;
  const which = field.kind === "minimum" || field.kind === "maximum" ? 34 : 0; // the word beside the name
  return Math.min(Math.max(64 + field.key.length * 7 + which, 108), 220);
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
      const text = started ? duration((ended ?? heard(row.of("last_seen"), Date.now()) ?? started) - started, locale.value) : "";
      return { text, full: text };
    }
    case "status":
      return { text: statusOf(row).text, full: row.of("status") };
    case "run_id":
      return { text: row.id, full: row.id };
    default:
      return { text: row.of("user_id"), full: row.of("user_id") };
  }
}

const SILENT_MS = 15 * 60_000; // a running run that has said nothing for so long may be dead

/** A run that goes on and says nothing is silent, and the text says since when. */
export function statusOf(row: Row): { silent: boolean; text: string } {
  const status = row.of("status");
  const seen = row.of("last_seen") ?? row.of("start_time");
  const silent = status === "RUNNING" && Date.now() - seen > SILENT_MS;
  const text = t(`status_${status}`);
  return { silent, text: silent ? t("silent", { status: text, ago: ago(seen, Date.now(), locale.value) }) : text };
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
