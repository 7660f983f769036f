/** What uPlot is told: axes, lines, the marks of what is no number. */

import uPlot from "uplot";
import type { Curve } from "../api/types";
import { banded } from "../calc/bands";
import type { View } from "../calc/chartState";
import { drawn, joined, type Drawn, type Mark, type Table } from "../calc/curves";
import { axisTime, duration, shortNumber } from "../calc/numbers";
import { locale } from "../state/preferences";
import { colours, dashOf, LINES } from "./colours";

/** A run's curve, or those of several that are drawn as one; the slot gives it colour and dashes. */
export interface Line {
  id: string;
  name: string;
  slot: number;
  curves: Curve[];
}

export interface Drawing {
  data: uPlot.AlignedData;
  marks: Mark[];
  unshown: number;
}

export function drawingOf(lines: Line[], view: View): Drawing {
  const each = lines.map(({ curves }) => curves.map((curve) => drawn(curve, view)));
  const { x, columns } = joined(each.map((curves) => tableOf(curves, view)));
  const found = each.flat();
  return {
    data: [x, ...columns] as uPlot.AlignedData,
    marks: found.flatMap((one) => one.marks).sort((one, other) => one.x - other.x),
    unshown: found.reduce((sum, one) => sum + one.unshown, 0),
  };
}

/** What is smoothed has what was logged behind it; a band its mean before its edges. */
function tableOf(curves: Drawn[], view: View): Table {
  if (view.band) {
    const { x, mean, low, high } = banded(curves);
    return { x, columns: [mean, low, high] };
  }
  const { x, y, smooth } = curves[0]!;
  return { x, columns: smooth ? [y, smooth] : [y] };
}

/** The series of a line that is pointed at, and in front. */
export function seriesOf(line: number, view: View): number {
  if (view.band) return 3 * line + 1;
  return view.smooth ? 2 * line + 2 : line + 1;
}

const MANY = 5; // lines
const LIT_BY_POINTER = 8; // lines; to draw more anew at each move would be slow
const SECONDS = [1, 2, 5, 10, 15, 30];
const DURATIONS = [
  ...[0.001, 0.01, 0.1, 0.2, 0.5],
  ...SECONDS,
  ...SECONDS.map((one) => one * 60),
  ...[1, 2, 3, 6, 12, 24, 48, 120, 240, 720].map((one) => one * 3600),
];

export function axisLabel(x: number, view: View): string {
  if (view.x === "relative") return duration(x * 1000, locale.value);
  if (view.x === "step") return Math.round(x).toLocaleString(locale.value);
  if (view.x === "metric") return `${view.against} ${shortNumber(x, locale.value)}`;
  return new Date(x * 1000).toLocaleString(locale.value);
}

interface Given {
  lines: Line[];
  view: View;
  width: number;
  height: number;
  sync: string;
  marks: { current: Mark[] };
  hooks: uPlot.Hooks.Arrays;
}

export function optionsOf({ lines, view, width, height, sync, marks, hooks }: Given): uPlot.Options {
  const { line, grid, text } = colours();
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const behind = lines.length > MANY ? 0.14 : 0.28; // how opaque what was logged is behind what is smoothed
  const number = (_: uPlot, ticks: number[]) => ticks.map((one) => shortNumber(one ?? null, locale.value));
  return {
    width,
    height,
    legend: { show: false },
    focus: { alpha: 0.3 },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
      sync: { key: sync, scales: ["x", null] },
      focus: { prox: lines.length > 1 && lines.length <= LIT_BY_POINTER ? 24 : -1 },
      hover: { prox: 60, skip: [undefined, null] },
    },
    scales: {
      x: { time: view.x === "time", distr: view.logX ? 3 : 1 },
      y: { distr: view.logY ? 3 : 1 },
    },
    axes: [
      { ...axis, size: 30, ...labels(view), ...(view.x === "relative" && !view.logX ? { incrs: DURATIONS } : {}) },
      { ...axis, size: 62, values: number },
    ],
    series: [{}, ...lines.flatMap((one) => seriesFor(one, line[one.slot % LINES]!, view, behind))],
    ...(view.band ? { bands: lines.map((one, at) => edges(seriesOf(at, view), line[one.slot % LINES]!)) } : {}),
    hooks: { ...hooks, draw: [(plot) => drawMarks(plot, marks.current, text)] },
  };
}

function labels(view: View): uPlot.Axis {
  if (view.x === "time") {
    return { values: (_, ticks, __, ___, apart) => ticks.map((one) => axisTime(one, apart, locale.value)) };
  }
  const label = view.x === "relative" ? (at: number) => roundDuration(at) : (at: number) => shortNumber(at, locale.value);
  return { values: (_, ticks) => ticks.map((one) => (one === null ? "" : label(one))) };
}

function roundDuration(seconds: number): string {
  return seconds === 0 ? "0" : duration(seconds * 1000, locale.value).replace(/ 0[smh]$/, "");
}

function seriesFor({ name, slot }: Line, stroke: string, view: View, share: number): uPlot.Series[] {
  const dash = dashOf(slot);
  const edge = { label: name, stroke, width: 0, points: { show: false } };
  if (view.band) return [{ label: name, stroke, width: 2, dash }, edge, edge];
  const front = { label: name, stroke, width: view.smooth ? 2 : 1.5, spanGaps: false, dash };
  const behind = { ...front, stroke: paler(stroke, share), width: 1, dash: [], points: { show: false } };
  return view.smooth ? [behind, front] : [front];
}

function edges(mean: number, stroke: string): uPlot.Band {
  return { series: [mean + 2, mean + 1], fill: paler(stroke, 0.18) };
}

function paler(colour: string, share: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${share})`);
}

/** What is no number stands at the edge where it would be: NaN below, ∞ above, −∞ below. */
function drawMarks(plot: uPlot, marks: Mark[], colour: string): void {
  const { ctx, bbox } = plot;
  const size = 10 * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = colour;
  ctx.textAlign = "center";
  ctx.font = `${size}px sans-serif`;
  const lastAt: Partial<Record<Mark["sign"], number>> = {};
  for (const { x, sign } of marks) {
    const at = plot.valToPos(x, "x", true);
    if (at < bbox.left || at > bbox.left + bbox.width || at - (lastAt[sign] ?? -Infinity) < size * 2.5) continue;
    lastAt[sign] = at;
    ctx.fillText(sign, at, sign === "∞" ? bbox.top + size : bbox.top + bbox.height - 3);
  }
  ctx.restore();
}
