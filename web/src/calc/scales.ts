/** Params and metrics as places along an axis: numbers evenly or by their logarithm, all else by name. */

import { asNumber, shortNumber, type CellValue } from "./numbers";

export interface Tick {
  at: number;
  label: string;
}

/** Places go from 0, the least, to 1. */
export interface Scale {
  kind: "number" | "log" | "name";
  place: (cell: CellValue) => number | null; // null: nothing there, or no finite number
  ticks: Tick[];
  names: string[]; // of a scale by name, from 0 to 1
}

const LOG_FROM = 100; // times that the greatest is the least
const MARGIN = 0.04; // of the axis, left free at both ends
const MOST_TICKS = 6;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A param's text as the number that it is; null where it is none. */
export function numeric(cell: CellValue): number | null {
  if (typeof cell === "number") return cell;
  if (cell === null) return null;
  if (NUMBER.test(cell.trim())) return Number(cell);
  return /^(nan|[+-]?inf(inity)?)$/i.test(cell.trim()) ? asNumber(spelledOut(cell.trim())) : null;
}

function spelledOut(text: string): string {
  return /nan/i.test(text) ? "NaN" : text.startsWith("-") ? "-Infinity" : "Infinity";
}

/** Numbers when all that is there are numbers. `log` null: where they span orders of magnitude. */
export function scaleOf(cells: CellValue[], locale: string, log: boolean | null = null): Scale {
  const present = cells.filter((cell) => cell !== null);
  const numbers = present.map(numeric);
  if (numbers.some((one) => one === null)) return byName(present.map(String));
  const finite = (numbers as number[]).filter(Number.isFinite);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const useLog = low > 0 && (log ?? high / low >= LOG_FROM);
  const along = useLog ? Math.log10 : (value: number) => value;
  const from = along(low);
  const span = along(high) - from;
  const inner = 1 - 2 * MARGIN;
  const placeOf = (value: number) => (span > 0 ? MARGIN + ((along(value) - from) / span) * inner : 0.5);
  const marks = finite.length === 0 ? [] : span > 0 ? (useLog ? powers(low, high) : rounds(low, high)) : [low];
  return {
    kind: useLog ? "log" : "number",
    place: (cell) => {
      const value = numeric(cell);
      return value !== null && Number.isFinite(value) && !(useLog && value <= 0) ? placeOf(value) : null;
    },
    ticks: marks.map((value) => ({ at: placeOf(value), label: shortNumber(value, locale) })),
    names: [],
  };
}

function byName(texts: string[]): Scale {
  const names = [...new Set(texts)].sort((one, other) => one.localeCompare(other, undefined, { numeric: true }));
  const step = 1 / names.length;
  const at = new Map(names.map((name, nth) => [name, (nth + 0.5) * step]));
  return {
    kind: "name",
    place: (cell) => (cell === null ? null : (at.get(String(cell)) ?? null)),
    ticks: names.map((label) => ({ at: at.get(label)!, label })),
    names,
  };
}

/** At most six round numbers between two; where they are all but one number, that. */
export function rounds(low: number, high: number): number[] {
  const rough = (high - low) / (MOST_TICKS - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((one) => one * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  if (!Number.isFinite(step) || step <= 0 || !(count > 0)) return [low];
  return Array.from({ length: Math.min(count, MOST_TICKS) }, (_, nth) => Number(((first + nth) * step).toPrecision(12)));
}

function powers(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last <= first) return [low, high];
  const step = Math.ceil((last - first + 1) / MOST_TICKS);
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, nth) => 10 ** (first + nth * step));
}
