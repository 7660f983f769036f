/** What the table shows, as a file: all rows that the search finds, in the columns that are shown. */

import type { ListRuns } from "../api/types";
import { csv } from "../calc/csv";
import { spell } from "../calc/fields";
import type { CellValue } from "../calc/numbers";
import { allRows } from "./rows";

export const MOST = 200_000; // rows

const ATTRIBUTES = ["run_id", "run_name", "experiment_id", "status", "user_id", "start_time", "end_time"] as const;

export async function exportRuns(query: ListRuns, format: "csv" | "json"): Promise<void> {
  let header: string[] = [...ATTRIBUTES];
  const rows: CellValue[][] = [];
  await allRows(query, MOST, ({ runs, fields, values }) => {
    header = [...ATTRIBUTES, ...fields.map(spell)];
    runs.run_id.forEach((_, at) =>
      rows.push([...ATTRIBUTES.map((name) => runs[name][at] ?? null), ...values.map((column) => column[at] ?? null)]),
    );
  });
  const asObject = (row: CellValue[]) => Object.fromEntries(header.map((name, at) => [name, row[at]]));
  const text = format === "csv" ? csv(header, rows) : JSON.stringify(rows.map(asObject), null, 1);
  save(`runs.${format}`, text, format === "csv" ? "text/csv" : "application/json");
}

function save(name: string, text: string, type: string): void {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(new Blob([text], { type }));
  anchor.download = name;
  anchor.click();
  window.setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}
