/** Runs as lines across several axes. A part of an axis is marked by dragging, or by the keys on its two ends. */

import { useRef, useState } from "preact/hooks";
import { spell } from "../calc/fields";
import type { Brush } from "../calc/compareState";
import type { CellValue } from "../calc/numbers";
import type { Scale } from "../calc/scales";
import type { Field } from "../api/types";
import { useWidth } from "../parts/useWidth";
import { t } from "../state/preferences";
import { lit } from "./Chart";
import type { Drawable } from "./ChartCard";
import { dashOf, lineColour } from "./colours";

export interface Axis {
  field: Field;
  name: string;
  scale: Scale;
  cells: CellValue[]; // one a run
  brush: Brush | null;
}

interface ParallelPlotProps {
  runs: Drawable[];
  axes: Axis[];
  marked: Set<string>;
  mark: (field: Field, part: [number, number] | null) => void;
}

const HEIGHT = 340; // px
const LEAST = 120; // px an axis
const RAIL = 22; // px below the axes, for what has no place on them
const LABEL = 14; // characters of a tick

export function ParallelPlot({ runs, axes, marked, mark }: ParallelPlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = Math.max(useWidth(box), axes.length * LEAST);
  const across = (at: number) => ((at + 0.5) * width) / axes.length;
  const down = (place: number | null) => (place === null ? HEIGHT + RAIL : (1 - place) * HEIGHT);
  const noPlace = axes.some((axis) => axis.cells.some((cell) => axis.scale.place(cell) === null));
  return (
    <div ref={box} class="parallel">
      <div class="heads" style={{ width: `${width}px`, gridTemplateColumns: `repeat(${axes.length}, 1fr)` }}>
        {axes.map((axis) => (
          <div key={spell(axis.field)} class="cut" title={axis.name} dir="auto">
            {axis.name} {axis.scale.kind === "log" && <small>log</small>}
          </div>
        ))}
      </div>
      <svg width={width} height={HEIGHT + RAIL + 14} role="group" aria-label={t("compared_parallel")}>
        <g transform="translate(0 6)">
          {runs.map((run, nth) => (
            <polyline
              key={run.id}
              class={marked.has(run.id) ? (lit.value === run.id ? "run lit" : "run") : "run away"}
              points={axes.map((axis, at) => `${across(at)},${down(axis.scale.place(axis.cells[nth] ?? null))}`).join(" ")}
              style={{ stroke: lineColour(run.slot) }}
              stroke-dasharray={dashOf(run.slot).join(" ")}
              data-run={run.id}
              onMouseEnter={() => (lit.value = run.id)}
              onMouseLeave={() => (lit.value = null)}
            >
              <title>{run.name}</title>
            </polyline>
          ))}
          {noPlace && (
            <text class="tick" x={4} y={HEIGHT + RAIL + 4}>
              {t("noNumber")}
            </text>
          )}
          {axes.map((axis, at) => (
            <AxisLine key={spell(axis.field)} axis={axis} x={across(at)} mark={(part) => mark(axis.field, part)} />
          ))}
        </g>
      </svg>
    </div>
  );
}

interface AxisLineProps {
  axis: Axis;
  x: number;
  mark: (part: [number, number] | null) => void;
}

function AxisLine({ axis, x, mark }: AxisLineProps) {
  const [drag, setDrag] = useState<[number, number] | null>(null); // places
  const part = drag ? ([Math.min(...drag), Math.max(...drag)] as [number, number]) : partOf(axis.brush);
  const place = (event: PointerEvent) => {
    const { top, height } = (event.currentTarget as Element).getBoundingClientRect();
    return Math.min(1, Math.max(0, 1 - (event.clientY - top) / height));
  };
  const end = () => {
    if (drag) mark(part && part[1] - part[0] > 0.01 ? part : null);
    setDrag(null);
  };
  return (
    <g transform={`translate(${x} 0)`} class="axis">
      <line y1={0} y2={HEIGHT} />
      {axis.scale.ticks.map(({ at, label }) => (
        <text key={label} class="tick" x={7} y={(1 - at) * HEIGHT + 4}>
          {label.length > LABEL ? `${label.slice(0, LABEL - 1)}…` : label}
          <title>{label}</title>
        </text>
      ))}
      <rect
        class="catch"
        x={-14}
        width={28}
        height={HEIGHT}
        onPointerDown={(event) => {
          (event.currentTarget as Element).setPointerCapture(event.pointerId);
          setDrag([place(event), place(event)]);
        }}
        onPointerMove={(event) => drag && setDrag([drag[0], place(event)])}
        onPointerUp={end}
        onPointerCancel={() => setDrag(null)}
        data-axis={spell(axis.field)}
      />
      {part && <rect class="part" x={-8} width={16} y={(1 - part[1]) * HEIGHT} height={(part[1] - part[0]) * HEIGHT} />}
      {(["from", "to"] as const).map((which) => (
        <Handle key={which} which={which} name={axis.name} part={part ?? [0, 1]} mark={mark} />
      ))}
    </g>
  );
}

function partOf(brush: Brush | null): [number, number] | null {
  return brush && [brush.from, brush.to];
}

const KEY_STEP = 0.05;

interface HandleProps {
  which: "from" | "to";
  name: string;
  part: [number, number];
  mark: (part: [number, number] | null) => void;
}

function Handle({ which, name, part, mark }: HandleProps) {
  const at = part[which === "from" ? 0 : 1];
  const press = (event: KeyboardEvent) => {
    const step = { ArrowUp: KEY_STEP, ArrowDown: -KEY_STEP }[event.key];
    if (event.key === "Delete" || event.key === "Backspace") mark(null);
    else if (step) {
      const to = Math.round((at + step) * 100) / 100;
      if (which === "from") mark([Math.min(Math.max(0, to), part[1] - 0.02), part[1]]);
      else mark([part[0], Math.max(Math.min(1, to), part[0] + 0.02)]);
    } else return;
    event.preventDefault();
  };
  return (
    <rect
      class="handle"
      x={-9}
      width={18}
      y={(1 - at) * HEIGHT - 3}
      height={6}
      rx={3}
      role="slider"
      tabindex={0}
      aria-label={`${name}: ${t(which)}`}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(at * 100)}
      onKeyDown={press}
    />
  );
}
