/** Params and metrics as parallel axes; the runs that pass all marked parts stand out. */

import { useState } from "preact/hooks";
import type { Comparison, Field } from "../../api/types";
import { writeBrush, writeFields } from "../../calc/compareState";
import { sameField } from "../../calc/fields";
import { scaleOf } from "../../calc/scales";
import { ParallelPlot, type Axis } from "../../charts/ParallelPlot";
import { setQuery } from "../../state/location";
import { locale, t } from "../../state/preferences";
import type { CompareProps } from "../Compare";
import { column, telling, useCells } from "./cells";
import { FieldChooser, nameOf } from "./FieldChooser";

const PARAMS = 5; // axes for one who has chosen none
const METRICS = 2;

export function Parallel({ state, ids, runs, beat }: CompareProps) {
  const [open, setOpen] = useState(false);
  const chosen = state.fields.length > 0 ? state.fields : null;
  const { value, failure } = useCells(ids, chosen, beat);
  const fields = chosen ?? (value ? tellingAxes(value) : []);
  const axes: Axis[] = value
    ? fields.map((field) => {
        const cells = column(value, field, runs);
        const brush = state.brushes.find((one) => sameField(one.field, field)) ?? null;
        return { field, name: nameOf(field), scale: scaleOf(cells, locale.value), cells, brush };
      })
    : [];
  const brushed = axes.some((axis) => axis.brush);
  const marked = runs.filter((_, nth) => axes.every((axis) => passes(axis, nth)));
  const mark = (field: Field, part: [number, number] | null) => {
    const others = state.brushes.filter((one) => !sameField(one.field, field));
    const brushes = part ? [...others, { field, from: part[0], to: part[1] }] : others;
    setQuery({ brush: brushes.length ? brushes.map(writeBrush) : null });
  };
  return (
    <>
      <div class="bar">
        <button onClick={() => setOpen(true)}>{t("chooseAxes")}</button>
        {brushed ? (
          <>
            <span role="status">{t("marked", { count: marked.length, of: runs.length })}</span>
            {marked.length > 0 && marked.length < runs.length && (
              <button onClick={() => setQuery({ run: marked.map((run) => run.id), brush: null }, false)}>
                {t("keepMarked", { count: marked.length })}
              </button>
            )}
            <button onClick={() => setQuery({ brush: null })}>{t("clearBrushes")}</button>
          </>
        ) : (
          <span class="none">{t("brushHint")}</span>
        )}
      </div>
      {failure && <p class="failure">{failure}</p>}
      {axes.length > 0 && (
        <div class="card">
          <ParallelPlot runs={runs} axes={axes} marked={new Set(marked.map((run) => run.id))} mark={mark} />
        </div>
      )}
      {value && axes.length === 0 && <p class="none">{t("nothingDiffers")}</p>}
      {open && (
        <FieldChooser
          title={t("chooseAxes")}
          ids={ids}
          kinds={["parameter", "metric", "tag"]}
          chosen={fields}
          choose={(some) => setQuery({ field: some.length ? writeFields(some) : null })}
          close={() => setOpen(false)}
        />
      )}
    </>
  );
}

function tellingAxes(found: Comparison): Field[] {
  const { params, metrics } = telling(found);
  return [...params.slice(0, PARAMS), ...metrics.slice(0, METRICS)];
}

function passes({ brush, scale, cells }: Axis, nth: number): boolean {
  if (!brush) return true;
  const place = scale.place(cells[nth] ?? null);
  return place !== null && place >= brush.from && place <= brush.to;
}
