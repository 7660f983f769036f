/** How curves are drawn, as the address says it: the axis, scales, smoothing, and the stretch that is zoomed to. */

import type { Field } from "../api/types";
import { read, spell } from "./fields";

export type Along = "step" | "time" | "relative" | "metric";

/** In steps, or ms: since 1970, or since a curve's earliest point; or in values of the metric that curves are drawn along. */
export interface Range {
  from: number;
  to: number;
}

export interface View {
  x: Along;
  against: string; // the metric that is meant by `metric`
  band: Field | null; // runs that agree in it are one line, with a band from their least to their greatest value
  logX: boolean;
  logY: boolean;
  smooth: number; // 0: as it was logged … 0.99: hardly anything but the trend
  range: Range | null; // null: all there is
}

export const PLAIN: View = { x: "step", against: "", band: null, logX: false, logY: false, smooth: 0, range: null };
export const SMOOTHEST = 0.99;
export const AXES: Along[] = ["step", "time", "relative", "metric"];

export function readView(query: URLSearchParams): View {
  const from = Number(query.get("from") ?? NaN);
  const to = Number(query.get("to") ?? NaN);
  const smooth = Number(query.get("smooth") ?? 0);
  const against = query.get("against") ?? "";
  const x = AXES.find((one) => one === query.get("x") && (one !== "metric" || against)) ?? "step";
  const fits = x === "metric" ? Number.isFinite : Number.isSafeInteger;
  return {
    x,
    against: x === "metric" ? against : "",
    band: read(query.get("band") ?? ""),
    logX: query.get("logx") === "1",
    logY: query.get("logy") === "1",
    smooth: smooth > 0 ? Math.min(smooth, SMOOTHEST) : 0,
    range: fits(from) && fits(to) && from < to ? { from, to } : null,
  };
}

/** The parameters of the address; what is as it would be anyway is left out. */
export function writeView(view: View): Record<string, string | null> {
  return {
    x: view.x === "step" ? null : view.x,
    against: view.against || null,
    band: view.band && spell(view.band),
    logx: view.logX ? "1" : null,
    logy: view.logY ? "1" : null,
    smooth: view.smooth ? String(view.smooth) : null,
    from: view.range && String(view.range.from),
    to: view.range && String(view.range.to),
  };
}

/** Whether places are ms; on the axis times are seconds, as uPlot draws them. */
export function isTime(x: Along): boolean {
  return x === "time" || x === "relative";
}

export function onAxis(place: number, x: Along): number {
  return isTime(x) ? place / 1000 : place;
}

/** The whole steps or ms that hold what lies between two places on the axis; values as they are. */
export function rangeBetween(from: number, to: number, x: Along): Range {
  if (x === "metric") return { from, to };
  const scale = isTime(x) ? 1000 : 1;
  const range = { from: Math.floor(from * scale), to: Math.ceil(to * scale) };
  return range.to > range.from ? range : { from: range.from, to: range.from + 1 };
}
