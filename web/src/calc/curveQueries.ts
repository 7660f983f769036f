/** What the server is asked for to draw curves: many names in one request, and no more points than can be told apart. */

import type { ReadCurves } from "../api/types";
import type { View } from "./chartState";
import { grouped } from "./curves";

const POINTS = 1000; // of a curve; fewer than the pixels of two screens
const LEAST = 300;
const ON_CHART = 12_000; // points of all curves on one chart, as far as LEAST allows
const AT_ONCE = 50; // curves in one request
const FIRST = 6; // charts that are in view as soon as there are some

export type Drawn = Pick<View, "x" | "against" | "range">; // what of a view the server draws

export function pointsFor(runs: number): number {
  return Math.min(POINTS, Math.max(LEAST, Math.floor(ON_CHART / Math.max(runs, 1))));
}

export function curveQuery(runs: string[], keys: string[], view: Drawn, points: number): ReadCurves {
  const { x, against, range } = view;
  const along = x === "metric" ? "step" : x;
  return { run_id: runs, key: keys, x: along, against, first: range?.from ?? null, last: range?.to ?? null, max_points: points };
}

/** Names in the portions in which they are asked for. */
export function portions(keys: string[], runs: number): string[][] {
  const size = Math.max(1, Math.floor(AT_ONCE / runs));
  return Array.from({ length: Math.ceil(keys.length / size) }, (_, at) => keys.slice(at * size, (at + 1) * size));
}

/** The names of those charts that will be in view first. */
export function firstKeys(keys: string[], runs: number): string[] {
  const inOrder = grouped(keys).flatMap(([, names]) => names);
  return portions(inOrder.slice(0, FIRST), runs)[0] ?? [];
}
