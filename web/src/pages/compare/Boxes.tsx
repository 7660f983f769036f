/** How a metric is spread among runs that share a param: a box for each of its values, and each run as a point. */

import { useRef } from "preact/hooks";
import type { Comparison, Field } from "../../api/types";
import { boxes, type Box } from "../../calc/boxes";
import { spell } from "../../calc/fields";
import { shortNumber } from "../../calc/numbers";
import { scaleOf, type Scale } from "../../calc/scales";
import { lit } from "../../charts/Chart";
import type { Drawable } from "../../charts/ChartCard";
import { lineColour } from "../../charts/colours";
import { Axes, type Frame } from "../../charts/Frame";
import { useWidth } from "../../parts/useWidth";
import { link, setQuery } from "../../state/location";
import { locale, t } from "../../state/preferences";
import type { CompareProps } from "../Compare";
import { column, fieldOf, telling, useCells } from "./cells";
import { FieldButton, nameOf } from "./FieldChooser";

export function Boxes({ ids, runs, beat }: CompareProps) {
  const asked = { of: fieldOf("of"), by: fieldOf("by") };
  const { value, failure } = useCells(ids, asked.of && asked.by ? [asked.of, asked.by] : null, beat);
  const guess = value && telling(value);
  const of = asked.of ?? guess?.metrics[0] ?? null;
  const by = asked.by ?? guess?.params[0] ?? null;
  const whole = useCells(ids, of && by ? [of, by] : [], beat); // chosen ones may be such as do not differ
  const choose = (name: string) => (field: Field | null) => setQuery({ [name]: field && spell(field) });
  return (
    <>
      <div class="bar">
        <FieldButton label={t("boxOf")} field={of} choose={choose("of")} ids={ids} kinds={["metric"]} />
        <FieldButton label={t("boxBy")} field={by} choose={choose("by")} ids={ids} kinds={["parameter", "tag"]} />
      </div>
      {(failure ?? whole.failure) && <p class="failure">{failure ?? whole.failure}</p>}
      {value && (!of || !by) && <p class="none">{t("nothingToDraw")}</p>}
      {whole.value && of && by && <Plot found={whole.value} runs={runs} of={of} by={by} />}
    </>
  );
}

interface PlotProps {
  found: Comparison;
  runs: Drawable[];
  of: Field;
  by: Field;
}

function Plot({ found, runs, of, by }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const all = boxes(column(found, of, runs), column(found, by, runs));
  const y = scaleOf(all.flatMap((one) => one.points.map((point) => point.value)), locale.value);
  const x: Scale = {
    kind: "name",
    names: all.map((one) => one.name),
    ticks: all.map((one, nth) => ({ at: (nth + 0.5) / all.length, label: one.name })),
    place: () => null,
  };
  const drawn = all.reduce((sum, one) => sum + one.count, 0);
  const names: [string, string] = [nameOf(by), y.kind === "log" ? `${nameOf(of)} (log)` : nameOf(of)];
  return (
    <div class="card" ref={box}>
      {width > 0 && all.length > 0 && (
        <Axes x={x} y={y} names={names} width={width} label={`${names[1]} / ${names[0]}`}>
          {(frame) => {
            const room = (frame.across(1) - frame.across(0)) / all.length;
            return all.map((one, nth) => (
              <BoxMark key={one.name} box={one} at={x.ticks[nth]!.at} room={room} y={y} frame={frame} runs={runs} />
            ));
          }}
        </Axes>
      )}
      {drawn < runs.length && <p class="caption">{t("skippedRuns", { count: runs.length - drawn })}</p>}
    </div>
  );
}

interface BoxMarkProps {
  box: Box;
  at: number;
  room: number; // px
  y: Scale;
  frame: Frame;
  runs: Drawable[];
}

const WIDEST = 70; // px

function BoxMark({ box, at, room, y, frame, runs }: BoxMarkProps) {
  const half = Math.min(WIDEST, room * 0.6) / 2;
  const middle = frame.across(at);
  const height = (value: number) => frame.up(y.place(value) ?? 0);
  const told = (["low", "q1", "median", "q3", "high"] as const).map((one) => shortNumber(box[one], locale.value));
  return (
    <g class="box" data-box={box.name}>
      <title>{`${box.name}: ${t("countRuns", { count: box.count })}\n${told.join(" · ")}`}</title>
      <line x1={middle} x2={middle} y1={height(box.low)} y2={height(box.q1)} />
      <line x1={middle} x2={middle} y1={height(box.q3)} y2={height(box.high)} />
      {[box.low, box.high].map((end, nth) => (
        <line key={nth} x1={middle - half / 2} x2={middle + half / 2} y1={height(end)} y2={height(end)} />
      ))}
      <rect x={middle - half} width={2 * half} y={height(box.q3)} height={Math.max(1, height(box.q1) - height(box.q3))} />
      <line class="median" x1={middle - half} x2={middle + half} y1={height(box.median)} y2={height(box.median)} />
      {box.points.map(({ value, run }, nth) => {
        const { id, name, slot } = runs[run]!;
        const aside = ((nth % 5) - 2) * (half / 4); // so that near ones do not hide each other
        return (
          <a key={id} href={link(`runs/${id}`)} aria-label={`${name}: ${shortNumber(value, locale.value)}`} data-run={id}>
            <circle
              class={lit.value === id ? "point lit" : "point"}
              cx={middle + aside}
              cy={height(value)}
              r={4}
              style={{ fill: lineColour(slot) }}
            >
              <title>{`${name}: ${value}`}</title>
            </circle>
          </a>
        );
      })}
    </g>
  );
}
