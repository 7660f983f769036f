/** Each run as a point: any param or metric against any other, a third one as its colour, which may fill the map between. */

import { useMemo, useRef } from "preact/hooks";
import type { Comparison, Field } from "../../api/types";
import { spell } from "../../calc/fields";
import { shortNumber, type CellValue } from "../../calc/numbers";
import { scaleOf, type Scale } from "../../calc/scales";
import { areas, type Known } from "../../calc/surface";
import { lit } from "../../charts/Chart";
import type { Drawable } from "../../charts/ChartCard";
import { lineColour } from "../../charts/colours";
import { Axes, type Frame } from "../../charts/Frame";
import { useWidth } from "../../parts/useWidth";
import { link, setQuery } from "../../state/location";
import { locale, t } from "../../state/preferences";
import type { CompareProps } from "../Compare";
import { column, fieldOf, telling, useCells } from "./cells";
import { FieldButton, nameOf, type FieldGroup } from "./FieldChooser";

const KINDS: FieldGroup[] = ["parameter", "metric", "tag"];

export function Contour(props: CompareProps) {
  return <Scatter {...props} filled />;
}

export function Scatter({ ids, runs, beat, filled = false }: CompareProps & { filled?: boolean }) {
  const asked = { x: fieldOf("sx"), y: fieldOf("sy"), colour: fieldOf("sc") };
  const given = [asked.x, asked.y, asked.colour].filter((one) => one !== null);
  const isChosen = asked.x !== null && asked.y !== null;
  const { value, failure } = useCells(ids, isChosen ? given : null, beat);
  const beside = isChosen ? [] : given; // chosen ones may be such as do not differ
  const extra = useCells(ids, beside, beat).value;
  const found = value && extra ? together(value, extra) : beside.length ? null : value;
  const guess = found ? guessed(found, filled) : { x: null, y: null, colour: null };
  const x = asked.x ?? guess.x;
  const y = asked.y ?? guess.y;
  const colour = asked.colour ?? guess.colour;
  const choose = (name: string) => (field: Field | null) => setQuery({ [name]: field && spell(field) });
  return (
    <>
      <div class="bar">
        <FieldButton label={t("horizontal")} field={x} choose={choose("sx")} ids={ids} kinds={KINDS} />
        <FieldButton label={t("vertical")} field={y} choose={choose("sy")} ids={ids} kinds={KINDS} />
        <FieldButton label={t("colourBy")} field={colour} choose={choose("sc")} ids={ids} kinds={KINDS} clearable={!filled} />
      </div>
      {failure && <p class="failure">{failure}</p>}
      {found && (!x || !y || (filled && !colour)) && <p class="none">{t("nothingToDraw")}</p>}
      {found && x && y && <Points found={found} runs={runs} x={x} y={y} colour={colour} filled={filled} />}
    </>
  );
}

function together(one: Comparison, other: Comparison): Comparison {
  return { ...one, fields: [...other.fields, ...one.fields], values: [...other.values, ...one.values] };
}

function guessed(found: Comparison, filled: boolean): Record<"x" | "y" | "colour", Field | null> {
  const { params, metrics } = telling(found);
  const [x = null, y = null] = filled ? [...params, ...metrics.slice(1)] : [...params.slice(0, 1), ...metrics];
  return { x, y, colour: filled ? (metrics[0] ?? null) : null };
}

interface PointsProps {
  found: Comparison;
  runs: Drawable[];
  x: Field;
  y: Field;
  colour: Field | null;
  filled: boolean; // between the points, by the colour
}

function Points({ found, runs, x, y, colour, filled }: PointsProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [xs, ys] = [column(found, x, runs), column(found, y, runs)];
  const cs = colour && column(found, colour, runs);
  const [xScale, yScale] = [scaleOf(xs, locale.value), scaleOf(ys, locale.value)];
  const cScale = cs && scaleOf(cs, locale.value);
  const points = runs.flatMap((run, nth) => {
    const [px, py] = [xScale.place(xs[nth] ?? null), yScale.place(ys[nth] ?? null)];
    return px === null || py === null ? [] : [{ run, nth, px, py, pc: cScale?.place(cs?.[nth] ?? null) ?? null }];
  });
  const known = points.flatMap(({ px, py, pc }) => (pc === null ? [] : [{ x: px, y: py, value: pc }]));
  const told = (nth: number) =>
    [[x, xs], [y, ys], ...(colour && cs ? [[colour, cs] as const] : [])]
      .map(([field, cells]) => `${nameOf(field as Field)}: ${shortNumber((cells as CellValue[])[nth] ?? null, locale.value)}`)
      .join("\n");
  const names: [string, string] = [titled(x, xScale), titled(y, yScale)];
  return (
    <div class="card" ref={box}>
      {width > 0 && (
        <Axes x={xScale} y={yScale} names={names} width={width} label={`${names[1]} / ${names[0]}`}>
          {(frame) => (
            <>
              {filled && cScale?.kind !== "name" && <Relief known={known} frame={frame} />}
              {points.map(({ run, nth, px, py, pc }) => (
                <a
                  key={run.id}
                  href={link(`runs/${run.id}`)}
                  aria-label={`${run.name}\n${told(nth)}`}
                  onMouseEnter={() => (lit.value = run.id)}
                  onMouseLeave={() => (lit.value = null)}
                  data-run={run.id}
                >
                  <circle
                    class={lit.value === run.id ? "point lit" : "point"}
                    cx={frame.across(px)}
                    cy={frame.up(py)}
                    r={6}
                    style={{ fill: cScale ? ramp(pc) : lineColour(run.slot) }}
                  >
                    <title>{`${run.name}\n${told(nth)}`}</title>
                  </circle>
                </a>
              ))}
            </>
          )}
        </Axes>
      )}
      {colour && cScale && <Ramp name={titled(colour, cScale)} scale={cScale} />}
      {points.length < runs.length && <p class="caption">{t("skippedRuns", { count: runs.length - points.length })}</p>}
    </div>
  );
}

function Relief({ known, frame }: { known: Known[]; frame: Frame }) {
  const drawn = useMemo(() => areas(known), [JSON.stringify(known)]);
  const ring = (places: [number, number][]) => `M${places.map(([x, y]) => `${frame.across(x)} ${frame.up(y)}`).join("L")}Z`;
  return (
    <g class="map">
      {drawn.map(({ value, rings }) => (
        <path key={value} d={rings.map(ring).join("")} fill-rule="evenodd" style={{ fill: ramp(value) }} />
      ))}
    </g>
  );
}

function titled(field: Field, scale: Scale): string {
  return scale.kind === "log" ? `${nameOf(field)} (log)` : nameOf(field);
}

function ramp(place: number | null): string {
  return place === null ? "var(--back)" : `color-mix(in oklab, var(--ramp-high) ${Math.round(place * 100)}%, var(--ramp-low))`;
}

function Ramp({ name, scale }: { name: string; scale: Scale }) {
  const ticks = scale.ticks;
  if (ticks.length === 0) return null;
  return (
    <p class="ramp caption">
      <span class="cut" dir="auto">
        {name}
      </span>
      {ticks.map((tick) => (
        <span key={tick.label} class="field">
          <i style={{ background: ramp(tick.at) }} />
          {tick.label}
        </span>
      ))}
    </p>
  );
}
