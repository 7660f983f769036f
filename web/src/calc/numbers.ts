/** Numbers, times and durations for people, by locale. The full value belongs into a title. */

import type { RunTable } from "../api/types";

export type CellValue = RunTable["values"][number][number];

const formats = new Map<string, unknown>();

/** Making a format takes many times longer than using it, and a table has thousands of cells. `kind` names the options. */
function kept<F>(kind: string, locale: string, make: () => F): F {
  const name = `${kind} ${locale}`;
  if (!formats.has(name)) formats.set(name, make());
  return formats.get(name) as F;
}

function numbers(kind: string, locale: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return kept(kind, locale, () => new Intl.NumberFormat(locale, options));
}

/** About five digits that count; NaN and infinities as themselves, texts as they are. */
export function shortNumber(value: CellValue, locale: string): string {
  if (value === null) return "";
  if (typeof value === "string") return value === "Infinity" ? "∞" : value === "-Infinity" ? "−∞" : value;
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return numbers("whole", locale).format(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return scientific(value, locale);
  return numbers("short", locale, { maximumSignificantDigits: 5 }).format(value);
}

function scientific(value: number, locale: string): string {
  const [digits, power] = value.toExponential(4).split("e") as [string, string];
  return `${numbers("digits", locale, { maximumFractionDigits: 4 }).format(Number(digits))}e${power.replace("+", "")}`;
}

export function asNumber(value: CellValue): number {
  if (value === "Infinity") return Infinity;
  if (value === "-Infinity") return -Infinity;
  return typeof value === "number" ? value : NaN;
}

/** `3h 5m`, `12.3s`; the unit signs are the same in all our languages. */
export function duration(ms: number, locale: string): string {
  if (ms < 0) return "";
  const seconds = ms / 1000;
  if (seconds < 10) return `${numbers("seconds", locale, { maximumSignificantDigits: 2 }).format(seconds)}s`;
  if (seconds < 60) return `${Math.round(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${Math.floor(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

const NOTED_EVERY_MS = 15_000;

/** When a run that goes on was last heard of. The server notes it every 15 seconds: what it noted within them may be of now. */
export function heard<T extends number | null | undefined>(seen: T, now: number): T | number {
  return seen && now - seen < NOTED_EVERY_MS ? now : seen;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000_000],
  ["month", 2_592_000_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** `3 hours ago`; empty where there is no time. */
export function ago(ms: number | null, now: number, locale: string): string {
  if (!ms) return "";
  const past = ms - now;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(past) >= size) ?? ["second", 1000];
  const format = kept("ago", locale, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" }));
  return format.format(Math.trunc(past / size), unit);
}

/** Any int64 may have been sent: what is no date is shown as the number it is. */
export function fullTime(ms: number | null | undefined, locale: string): string {
  if (ms === null || ms === undefined) return "";
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  return kept("full", locale, () => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" })).format(date);
}

/** Makes the formats of a table's cells, for a moment in which there is nothing else to do: the rows then need not wait. */
export function prepare(locale: string): void {
  for (const value of [1, 1.5]) shortNumber(value, locale);
  ago(1, 0, locale);
  fullTime(0, locale);
}

const CLOCK: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
const DAY_S = 86_400;

/** A time on an axis whose ticks are `apart` seconds from each other: the day only where that tells more than the hour. */
export function axisTime(seconds: number, apart: number, locale: string): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "";
  if (apart < 60) return date.toLocaleTimeString(locale, { ...CLOCK, second: "2-digit" });
  const midnight = date.getHours() === 0 && date.getMinutes() === 0;
  if (apart < DAY_S && !midnight) return date.toLocaleTimeString(locale, CLOCK);
  return date.toLocaleDateString(locale, apart < 28 * DAY_S ? { day: "numeric", month: "short" } : { month: "short", year: "numeric" });
}
