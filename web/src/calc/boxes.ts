/** Box plots: how a metric is spread among the runs that share a param. */

import type { CellValue } from "./numbers";
import { numeric } from "./scales";

export interface Box {
  name: string;
  count: number;
  low: number; // the whiskers end at the last points within 1.5 × the height of the box
  q1: number;
  median: number;
  q3: number;
  high: number;
  points: { value: number; run: number }[]; // all of them, by value
}

/** Quartiles lie between two points where they fall there (linearly, as numpy has it). `sorted` is not empty. */
export function quantile(sorted: number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (place - below);
}

/** A box for each name that stands beside a finite value; `values` and `names` have one entry a run. */
export function boxes(values: CellValue[], names: CellValue[]): Box[] {
  const groups = new Map<string, Box["points"]>();
  values.forEach((cell, run) => {
    const value = numeric(cell);
    const name = names[run];
    if (value === null || !Number.isFinite(value) || name === null || name === undefined) return;
    groups.set(String(name), [...(groups.get(String(name)) ?? []), { value, run }]);
  });
  return [...groups]
    .sort(([one], [other]) => one.localeCompare(other, undefined, { numeric: true }))
    .map(([name, points]) => boxOf(name, points));
}

function boxOf(name: string, points: Box["points"]): Box {
  points.sort((one, other) => one.value - other.value);
  const sorted = points.map((one) => one.value);
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share)) as [number, number, number];
  const reach = 1.5 * (q3 - q1);
  const inside = sorted.filter((value) => value >= q1 - reach && value <= q3 + reach);
  return {
    name,
    count: points.length,
    low: Math.min(inside[0] ?? q1, q1),
    q1,
    median,
    q3,
    high: Math.max(inside.at(-1) ?? q3, q3),
    points,
  };
}
