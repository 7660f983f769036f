/** Fields of runs as the filter language spells them: `metrics.loss`, `min.loss`, `params.lr`, `attributes.status`. */

import type { Field } from "../api/types";

export type Kind = Field["kind"];

const PREFIXES: Partial<Record<Kind, string>> = {
  metric: "metrics",
  minimum: "min",
  maximum: "max",
  parameter: "params",
  tag: "tags",
  attribute: "attributes",
};
const KINDS = new Map(Object.entries(PREFIXES).map(([kind, prefix]) => [prefix, kind as Kind]));
const BARE = /^[^\s'"`(),=<>!]+$/;

export const MEASURES: Kind[] = ["metric", "minimum", "maximum"];

export function isMeasured(field: Field): boolean {
  return MEASURES.includes(field.kind);
}

/** As the server reads it; names with spaces or quotes stand in backticks. */
export function spell(field: Field): string {
  const key = BARE.test(field.key) ? field.key : `\`${field.key.replaceAll("`", "``")}\``;
  return `${PREFIXES[field.kind] ?? field.kind}.${key}`;
}

/** The opposite of `spell`; null for what it never writes. */
export function read(text: string): Field | null {
  const dot = text.indexOf(".");
  const kind = KINDS.get(text.slice(0, dot));
  const key = text.slice(dot + 1);
  if (!kind || !key) return null;
  return { kind, key: key.startsWith("`") ? key.slice(1, -1).replaceAll("``", "`") : key };
}

export function sameField(one: Field, other: Field): boolean {
  return one.kind === other.kind && one.key === other.key;
}
