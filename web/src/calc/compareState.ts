/** What is compared and how, as the address says it, beside what `chartState` reads. */

import type { CompareRuns, Field } from "../api/types";
import { read, spell } from "./fields";
import { MOST_METRICS } from "./runQueries";

export const COMPARED = ["curves", "parallel", "scatter", "contour", "box", "differences", "images"] as const;
export type Compared = (typeof COMPARED)[number];

export const MOST_RUNS = 100;

/** What is chosen on an axis: places from 0 to 1, or names. */
export interface Brush {
  field: Field;
  from: number;
  to: number;
}

export interface CompareState {
  runs: string[];
  tab: Compared;
  hidden: string[];
  metrics: string[]; // none: all that `search` finds
  fields: Field[]; // the axes of parallel coordinates; none: some that tell
  brushes: Brush[];
}

export function readCompare(query: URLSearchParams): CompareState {
  return {
    runs: [...new Set(query.getAll("run").filter(Boolean))],
    tab: COMPARED.find((one) => one === query.get("tab")) ?? "curves",
    hidden: query.getAll("hide"),
    metrics: query.getAll("metric"),
    fields: query.getAll("field").map(read).filter((one) => one !== null),
    brushes: query.getAll("brush").map(readBrush).filter((one) => one !== null),
  };
}

export function comparedRuns(state: CompareState): string[] {
  return state.runs.slice(0, MOST_RUNS);
}

/** What is asked about the runs themselves. */
export function runsQuery(runs: string[]): CompareRuns {
  return { run_id: runs, columns: [] };
}

/** What is asked for the names of what they measured. */
export function metricsQuery(runs: string[], search: string): CompareRuns {
  return { run_id: runs, search, max_results: MOST_METRICS };
}

export function writeFields(fields: Field[]): string[] {
  return fields.map(spell);
}

/** `0.25 0.5 metrics.loss`. */
export function writeBrush(brush: Brush): string {
  return `${round(brush.from)} ${round(brush.to)} ${spell(brush.field)}`;
}

function readBrush(text: string): Brush | null {
  const [, from, to, name] = /^(\S+) (\S+) (.*)$/s.exec(text) ?? [];
  const field = name ? read(name) : null;
  const [low, high] = [Number(from), Number(to)];
  return field && low >= 0 && low < high && high <= 1 ? { field, from: low, to: high } : null;
}

function round(place: number): number {
  return Math.round(place * 1000) / 1000;
}
