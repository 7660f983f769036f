/** Curves on one axis, drawn by uPlot. Dragging chooses a stretch of it, a double click goes back to all. */

import { signal } from "@preact/signals";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { onAxis, rangeBetween, type Range, type View } from "../calc/chartState";
import type { Mark } from "../calc/curves";
import { locale, t } from "../state/preferences";
import { drawingOf, optionsOf, seriesOf, type Line } from "./plotting";
import { Readout, type Pointed } from "./Readout";

/** The run that a legend points at: all charts bring it to the front. */
export const lit = signal<string | null>(null);

export const HEIGHT = 220; // px

interface ChartProps {
  title: string;
  lines: Line[];
  view: View;
  zoom: (range: Range | null) => void;
  sync: string; // charts of one name share the cursor
}

export function Chart({ title, lines, view, zoom, sync }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const marks = useRef<Mark[]>([]);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const drawing = useMemo(() => drawingOf(lines, view), [lines, view.x, view.band === null, view.logX, view.logY, view.smooth]);
  marks.current = drawing.marks;
  const latest = useRef({ drawing, lines, view, zoom });
  latest.current = { drawing, lines, view, zoom };
  const shape = [lines.map((one) => `${one.id} ${one.slot}`), view.x, view.against, view.band === null, view.logX, view.logY, view.smooth > 0].join();

  useLayoutEffect(() => {
    const element = box.current!;
    const hooks: uPlot.Hooks.Arrays = {
      setCursor: [(plot) => setPointed(pointedAt(plot, latest.current))],
      setSelect: [(plot) => select(plot, latest.current.view, latest.current.zoom)],
    };
    const make = () => {
      plot.current?.destroy();
      const { lines, view, drawing } = latest.current;
      const options = optionsOf({ lines, view, width: element.clientWidth, height: HEIGHT, sync, marks, hooks });
      plot.current = new uPlot(options, drawing.data, element);
      fit(plot.current, view);
    };
    make();
    const stop = onResizeAndTheme(element, make, () => {
      const width = element.clientWidth; // told once at the beginning, too, when it is the same
      if (plot.current?.width !== width) plot.current?.setSize({ width, height: HEIGHT });
    });
    return () => {
      stop();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, sync, locale.value]);

  const isMade = useRef(false);
  useEffect(() => {
    if (isMade.current) {
      plot.current?.setData(drawing.data, false);
      fit(plot.current, view);
    }
    isMade.current = true;
  }, [drawing, view.range?.from, view.range?.to]);

  useEffect(() => {
    const at = lines.findIndex((line) => line.id === lit.value);
    plot.current?.setSeries(at < 0 ? null : seriesOf(at, view), { focus: true });
  }, [lit.value]);

  return (
    <div class="plotted">
      <div
        ref={box}
        class="plot"
        role="group"
        tabIndex={0}
        aria-label={t("chartOf", { title, count: lines.length })}
        onDblClick={() => zoom(null)}
        onKeyDown={(event) => plot.current && press(event, plot.current, view, zoom)}
        onBlur={() => setPointed(null)}
      />
      {pointed && <Readout pointed={pointed} lines={lines} view={view} />}
      {drawing.unshown > 0 && <p class="caption">{t("notOnLog", { count: drawing.unshown })}</p>}
    </div>
  );
}

function onResizeAndTheme(element: HTMLElement, make: () => void, resize: () => void): () => void {
  const sized = new ResizeObserver(resize);
  sized.observe(element);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const themed = new MutationObserver(make);
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  dark.addEventListener("change", make);
  return () => {
    sized.disconnect();
    themed.disconnect();
    dark.removeEventListener("change", make);
  };
}

function fit(plot: uPlot | null, { range, x, logX }: View): void {
  if (!plot) return;
  const places = plot.data[0];
  const first = range && !(logX && range.from <= 0) ? onAxis(range.from, x) : (places[0] ?? (logX ? 1 : 0));
  const last = range ? onAxis(range.to, x) : (places.at(-1) ?? first);
  plot.setScale("x", { min: first, max: last > first ? last : first + (first > 0 && logX ? first : 1) });
}

function select(plot: uPlot, view: View, zoom: ChartProps["zoom"]): void {
  const { left, width } = plot.select;
  if (width < 4) return;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  zoom(rangeBetween(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"), view.x));
}

/** Only on the chart under the pointer; the others that share its cursor show the place alone. */
function pointedAt(plot: uPlot, { lines, view }: { lines: Line[]; view: View }): Pointed | null {
  const { left = -1, top = -1, idxs } = plot.cursor;
  const own = plot.root.matches(":hover") || plot.root.parentElement === document.activeElement;
  if (left < 0 || !own) return null;
  const heights = lines.map((_, nth) => {
    const at = seriesOf(nth, view);
    const row = idxs?.[at];
    return row === null || row === undefined ? null : (plot.data[at]?.[row] ?? null);
  });
  return {
    left,
    width: plot.over.clientWidth,
    x: plot.posToVal(left, "x"),
    near: plot.posToVal(top, "y"),
    values: heights,
  };
}

const STEP = 0.02; // of the width, for an arrow key

function press(event: KeyboardEvent, plot: uPlot, { x }: View, zoom: ChartProps["zoom"]): void {
  const width = plot.over.clientWidth;
  const left = plot.cursor.left === undefined || plot.cursor.left < 0 ? width / 2 : plot.cursor.left;
  const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (steps) {
    const to = Math.min(width, Math.max(0, left + steps * STEP * width * (event.shiftKey ? 5 : 1)));
    plot.setCursor({ left: to, top: plot.over.clientHeight / 2 });
  } else if (event.key === "+") {
    zoom(rangeBetween(plot.posToVal(Math.max(0, left - width / 4), "x"), plot.posToVal(left + width / 4, "x"), x));
  } else if (event.key === "-" || event.key === "0") {
    zoom(null);
  } else return;
  event.preventDefault();
}
