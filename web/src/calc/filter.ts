/** Filters that the page makes itself, and help for one who writes a filter: where it is wrong, and what may stand at the caret. */

import type { Field } from "../api/types";
import { spell } from "./fields";

/** A filter that is true of what both are true of. */
export function both(one: string, other: string): string {
  return one && other ? `(${one}) AND ${other}` : one || other;
}

export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Finds the runs that have this value, or nothing, in the field. */
export function inGroup(by: Field, value: string | null): string {
  return value === null ? `${spell(by)} IS NULL` : `${spell(by)} = ${quoted(value)}`;
}

export function childrenOf(run: string): string {
  return `tags.mlflow.parentRunId = ${quoted(run)}`;
}

/** The index of the character that a refusal points at; the end of the text where it says so; else null. */
export function faultyAt(message: string, text: string): number | null {
  const found = /See character (\d+)/.exec(message);
  if (found) return Math.min(Number(found[1]) - 1, text.length);
  return message.includes("See the end of") ? text.length : null;
}

/** The refusal without the part that repeats the text. */
export function reason(message: string): string {
  return message.replace(/ See (character \d+:|the end of) .*$/s, "").replace(/^Invalid clause\(s\) in filter string: /, "");
}

export interface Unfinished {
  from: number; // what would be replaced by a completion: text.slice(from, to)
  to: number;
  kind: "metric" | "parameter" | "tag" | "value" | null; // null: a prefix or an attribute is being written
  prefix: string; // metrics, min, params … as it was written; of a value the whole field
  start: string; // of the name, as far as it goes
}

const KINDS: Record<string, Unfinished["kind"]> = {
  metric: "metric",
  metrics: "metric",
  min: "metric",
  max: "metric",
  param: "parameter",
  params: "parameter",
  parameter: "parameter",
  parameters: "parameter",
  tag: "tag",
  tags: "tag",
};

export const BEGINNINGS = [
  "metrics.",
  "min.",
  "max.",
  "params.",
  "tags.",
  "attributes.status",
  "attributes.run_name",
  "attributes.user_id",
  "attributes.start_time",
  "attributes.end_time",
  "attributes.run_id",
  "dataset.name",
];

const VALUE = /(\w+\.(?:`[^`]*`|[^\s'"`(),=<>!]+))\s*(?:=|!=|\bI?LIKE)\s*'((?:[^']|'')*)$/i;

/** The field, or the value of one, that is being written at `caret`, if one is. */
export function unfinished(text: string, caret: number): Unfinished | null {
  const before = text.slice(0, caret);
  const [, field, value] = VALUE.exec(before) ?? [];
  if (field && value !== undefined) {
    const to = text[caret] === "'" ? caret + 1 : caret;
    return { from: caret - value.length - 1, to, kind: "value", prefix: field, start: value.replaceAll("''", "'") };
  }
  if ((before.match(/'/g)?.length ?? 0) % 2) return null; // inside a text
  const word = /(?:^|[\s(])((?:([A-Za-z]+)\.)?(?:`[^`]*|[^\s'"`(),=<>!]*))$/.exec(before);
  if (!word?.[1]) return null;
  const [, whole, prefix = ""] = word;
  const kind = KINDS[prefix.toLowerCase()] ?? null;
  const start = kind ? whole.slice(prefix.length + 1).replace(/^`/, "") : whole;
  return { from: caret - whole.length, to: caret, kind, prefix, start };
}
