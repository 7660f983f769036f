/** Curves as they are drawn: several on one axis, smoothed, points added at their end, what is no number marked. */

import type { Curve } from "../api/types";
import { onAxis, type Along, type View } from "./chartState";

type Column = Curve["values"];

/** Points of `more` that come after the last of `curve` along `x`, added to it. */
export function extend(curve: Curve, more: Curve, x: Along = "step"): Curve {
  const [first, second] = x === "step" ? (["steps", "timestamps"] as const) : (["timestamps", "steps"] as const);
  const lastFirst = curve[first].at(-1) ?? -Infinity;
  const lastSecond = curve[second].at(-1) ?? -Infinity;
  const begin = more[first].findIndex(
    (one, at) => one > lastFirst || (one === lastFirst && (more[second][at] ?? 0) > lastSecond),
  );
  if (begin < 0) return curve;
  const thinned = curve.means.length + more.means.length > 0;
  return {
    ...curve,
    total: curve.total + more.total - begin,
    steps: longer(curve.steps, more.steps, begin),
    timestamps: longer(curve.timestamps, more.timestamps, begin),
    values: longer(curve.values, more.values, begin),
    means: thinned ? longer(meansOf(curve), meansOf(more), begin) : curve.means,
  };
}

function longer(column: Column, more: Column, begin: number): Column {
  const all = new Float64Array(column.length + more.length - begin);
  all.set(column);
  all.set(more.subarray(begin), column.length);
  return all;
}

/** What is smoothed: where points stand for several, their means. */
function meansOf(curve: Curve): Column {
  return curve.means.length ? curve.means : curve.values;
}

/** Where the last point lies along `x`, in steps or ms; null without points, and where the next may lie before it. */
export function lastPlace(curve: Curve, x: Along): number | null {
  if (x === "metric") return null;
  const last = (x === "step" ? curve.steps : curve.timestamps).at(-1);
  return last === undefined ? null : x === "relative" ? last - curve.began : last;
}

export interface Mark {
  x: number;
  sign: "NaN" | "∞" | "−∞";
}

type Heights = (number | null)[]; // null: no number there, a gap

export interface Drawn {
  x: number[];
  y: Heights;
  mean: Heights; // where points stand for several; else as `y`
  smooth: Heights | null; // null: not smoothed
  marks: Mark[];
  unshown: number; // points that a logarithmic axis has no place for
}

export function drawn(curve: Curve, view: View): Drawn {
  const { x: along, logX, logY, smooth } = view;
  const places = placesOf(curve, along);
  const origin = along === "relative" ? curve.began : 0;
  const found: Drawn = { x: [], y: [], mean: [], smooth: null, marks: [], unshown: 0 };
  const sources = meansOf(curve);
  for (let at = 0; at < places.length; at++) {
    const x = onAxis(places[at]! - origin, along);
    const value = curve.values[at]!;
    if ((logX && x <= 0) || (logY && value <= 0)) {
      found.unshown++;
      continue;
    }
    if (!Number.isFinite(value)) found.marks.push({ x, sign: Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞" });
    found.x.push(x);
    found.y.push(Number.isFinite(value) ? value : null);
    const mean = sources[at]!;
    found.mean.push(Number.isFinite(value) && Number.isFinite(mean) && !(logY && mean <= 0) ? mean : null);
  }
  if (smooth > 0) found.smooth = smoothed(found.mean, smooth);
  return found;
}

function placesOf(curve: Curve, along: Along): Column {
  if (along === "metric") return curve.places;
  return along === "step" ? curve.steps : curve.timestamps;
}

/** The mean of what came so far, the latest weighing most: what lies n points back counts `weight`ⁿ times as much. */
export function smoothed(values: Heights, weight: number): Heights {
  let sum = 0;
  let share = 0; // of all weights, so that the first values are not drawn towards 0
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * weight + value * (1 - weight);
    share = share * weight + 1 - weight;
    return sum / share;
  });
}

export interface Table {
  x: number[]; // ascends; the same place may come several times
  columns: Heights[];
}

/** Tables on one axis. A place stands there as often as in that table which has it most often: no point is lost. */
export function joined(tables: Table[]): { x: number[]; columns: (number | null | undefined)[][] } {
  if (tables.length === 1) return tables[0]!;
  const x = tables.reduce<number[]>((places, table) => merged(places, table.x), []);
  const columns = tables.flatMap((table) => {
    const rows = rowsOf(table.x, x);
    return table.columns.map((column) => {
      const spread = new Array<number | null | undefined>(x.length);
      for (let at = 0; at < rows.length; at++) spread[rows[at]!] = column[at];
      return spread;
    });
  });
  return { x, columns };
}

/** Two lists that ascend as one; what both have stands there as often as in the one that has it more often. */
function merged(one: number[], other: number[]): number[] {
  const places: number[] = [];
  let at = 0;
  let beside = 0;
  while (at < one.length || beside < other.length) {
    const first = one[at] ?? Infinity;
    const second = other[beside] ?? Infinity;
    places.push(Math.min(first, second));
    if (first <= second) at++;
    if (second <= first) beside++;
  }
  return places;
}

/** Where each of `places` stands in `x`, which has them all; the same place again in the row after. */
function rowsOf(places: number[], x: number[]): number[] {
  let row = -1;
  return places.map((place) => (row = x.indexOf(place, row + 1)));
}

/** The path of a sparkline in a box of `width` × `height`; empty where there is nothing to draw. */
export function sparkline(values: Iterable<number>, width: number, height: number): string {
  const numbers = [...values];
  const finite = numbers.filter(Number.isFinite);
  if (finite.length < 2) return "";
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  let pen = "M";
  return numbers
    .map((value, at) => {
      if (!Number.isFinite(value)) {
        pen = "M";
        return "";
      }
      const x = ((at / (numbers.length - 1)) * width).toFixed(1);
      const y = (height - 1 - ((value - low) / span) * (height - 2)).toFixed(1);
      const step = `${pen}${x} ${y}`;
      pen = "L";
      return step;
    })
    .join("");
}

export const SYSTEM = "system/"; // how clients begin the names of what they measure of the machine

export function isSystem(key: string): boolean {
  return key.startsWith(SYSTEM);
}

/** Names in the groups of their charts: by the part before the last slash, those of the machine last. */
export function grouped(keys: string[]): [string, string[]][] {
  const last = [...keys].sort((one, other) => Number(isSystem(one)) - Number(isSystem(other)));
  return [...Map.groupBy(last, (key) => (key.includes("/") ? key.slice(0, key.lastIndexOf("/")) : ""))];
}
