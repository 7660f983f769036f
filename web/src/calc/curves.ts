/** Curves as they are drawn: several on one axis, smoothed, points added at their end, what is no number marked. */

import type { Curve } from "../api/types";
import { onAxis, type Along, type View } from "./chartState";
import { asNumber } from "./numbers";

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
    steps: curve.steps.concat(more.steps.slice(begin)),
    timestamps: curve.timestamps.concat(more.timestamps.slice(begin)),
    values: curve.values.concat(more.values.slice(begin)),
    means: thinned ? meansOf(curve).concat(meansOf(more).slice(begin)) : [],
  };
}

/** What is smoothed: where points stand for several, their means. */
function meansOf(curve: Curve): Curve["values"] {
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
    const value = asNumber(curve.values[at] ?? null);
    if ((logX && x <= 0) || (logY && value <= 0)) {
      found.unshown++;
      continue;
    }
    if (!Number.isFinite(value)) found.marks.push({ x, sign: Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞" });
    found.x.push(x);
    found.y.push(Number.isFinite(value) ? value : null);
    const mean = asNumber(sources[at] ?? null);
    found.mean.push(Number.isFinite(value) && Number.isFinite(mean) && !(logY && mean <= 0) ? mean : null);
  }
  if (smooth > 0) found.smooth = smoothed(found.mean, smooth);
  return found;
}

function placesOf(curve: Curve, along: Along): number[] {
  if (along === "metric") return curve.places ?? [];
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
  const most = new Map<number, number>();
  for (const { x } of tables) eachPlace(x, (place, nth) => nth > (most.get(place) ?? 0) && most.set(place, nth));
  const places = [...most.keys()].sort((one, other) => one - other);
  const first = new Map<number, number>();
  const x: number[] = [];
  for (const place of places) {
    first.set(place, x.length);
    for (let times = most.get(place)!; times > 0; times--) x.push(place);
  }
  const columns = tables.flatMap((table) => {
    const rows: number[] = [];
    eachPlace(table.x, (place, nth) => rows.push(first.get(place)! + nth - 1));
    return table.columns.map((column) => {
      const spread = new Array<number | null | undefined>(x.length);
      rows.forEach((row, at) => (spread[row] = column[at]));
      return spread;
    });
  });
  return { x, columns };
}

/** `nth` counts how often in a row a place has come. */
function eachPlace(x: number[], act: (place: number, nth: number) => void): void {
  let nth = 0;
  for (let at = 0; at < x.length; at++) {
    nth = at > 0 && x[at] === x[at - 1] ? nth + 1 : 1;
    act(x[at]!, nth);
  }
}

/** The path of a sparkline in a box of `width` × `height`; empty where there is nothing to draw. */
export function sparkline(values: Curve["values"], width: number, height: number): string {
  const numbers = values.map(asNumber);
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

/** The part of a name before its last slash, by which charts are grouped. */
export function groupOf(key: string): string {
  return key.includes("/") ? key.slice(0, key.lastIndexOf("/")) : "";
}
