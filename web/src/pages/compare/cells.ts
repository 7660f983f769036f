/** Cells of the runs that are shown, by field. */

import { comparison } from "../../api/trackline";
import type { Comparison, Field } from "../../api/types";
import { isMeasured, read, sameField, spell } from "../../calc/fields";
import type { CellValue } from "../../calc/numbers";
import { numeric } from "../../calc/scales";
import type { Drawable } from "../../charts/ChartCard";
import { useLoaded } from "../../parts/useLoaded";
import { query } from "../../state/location";

/** What `fields` hold, or where those are null, all in which the runs differ; nothing for no fields. */
export function useCells(ids: string[], fields: Field[] | null, beat: number) {
  const columns = fields?.map(spell) ?? null;
  const asked = fields ? { run_id: ids, columns } : { run_id: ids, differing: true };
  return useLoaded(
    async (stop) => (fields?.length === 0 ? null : comparison.read(asked, stop)),
    [JSON.stringify(asked), beat],
  );
}

/** One cell a run, in the order of the runs. */
export function column(found: Comparison, field: Field, runs: Drawable[]): CellValue[] {
  const at = found.fields.findIndex((one) => sameField(one, field));
  const places = new Map(found.runs.run_id.map((id, place) => [id, place]));
  return runs.map((run) => found.values[at]?.[places.get(run.id) ?? -1] ?? null);
}

export function fieldOf(name: string): Field | null {
  const text = query.value.get(name);
  return text ? read(text) : null;
}

export interface Telling {
  params: Field[]; // those of numbers first
  metrics: Field[];
}

/** Fields for one who has chosen none: in which the runs differ, and what their metrics are. */
export function telling(found: Comparison): Telling {
  const own = found.fields.filter((field) => field.kind === "parameter");
  const isNumeric = (field: Field) =>
    found.values[found.fields.indexOf(field)]!.every((cell) => cell === null || numeric(cell) !== null);
  const params = [...own.filter(isNumeric), ...own.filter((field) => !isNumeric(field))];
  const metrics = found.fields.filter((field) => isMeasured(field) && !field.key.startsWith("system/"));
  return { params, metrics };
}
