/** How curves are drawn, as the address says it: the axis, scales, smoothing, and the stretch that is zoomed to. */

export type Along = "step" | "time" | "relative";

/** In steps, or ms: since 1970, or since a curve's earliest point. */
export interface Range {
  from: number;
  to: number;
}

export interface View {
  x: Along;
  logX: boolean;
  logY: boolean;
  smooth: number; // 0: as it was logged … 0.99: hardly anything but the trend
  range: Range | null; // null: all there is
}

export const PLAIN: View = { x: "step", logX: false, logY: false, smooth: 0, range: null };
export const SMOOTHEST = 0.99;
const AXES: Along[] = ["step", "time", "relative"];

export function readView(query: URLSearchParams): View {
  const from = Number(query.get("from") ?? NaN);
  const to = Number(query.get("to") ?? NaN);
  const smooth = Number(query.get("smooth") ?? 0);
  return {
    x: AXES.find((one) => one === query.get("x")) ?? "step",
    logX: query.get("logx") === "1",
    logY: query.get("logy") === "1",
    smooth: smooth > 0 ? Math.min(smooth, SMOOTHEST) : 0,
    range: Number.isSafeInteger(from) && Number.isSafeInteger(to) && from < to ? { from, to } : null,
  };
}

/** The parameters of the address; what is as it would be anyway is left out. */
export function writeView(view: View): Record<string, string | null> {
  return {
    x: view.x === "step" ? null : view.x,
    logx: view.logX ? "1" : null,
    logy: view.logY ? "1" : null,
    smooth: view.smooth ? String(view.smooth) : null,
    from: view.range && String(view.range.from),
    to: view.range && String(view.range.to),
  };
}

/** On the axis times are seconds, as uPlot draws them. */
export function onAxis(place: number, x: Along): number {
  return x === "step" ? place : place / 1000;
}

/** The whole steps or ms that hold what lies between two places on the axis. */
export function rangeBetween(from: number, to: number, x: Along): Range {
  const scale = x === "step" ? 1 : 1000;
  const range = { from: Math.floor(from * scale), to: Math.ceil(to * scale) };
  return range.to > range.from ? range : { from: range.from, to: range.from + 1 };
}
