/** Models and versions: filters, and the rows of a comparison. */

import { asNumber, type CellValue } from "./numbers";

/** MLflow's filter for models whose names hold each of the words, and for which `filter` holds. */
export function filterOf(search: string, filter: string): string {
  const words = search.split(/\s+/).filter(Boolean);
  const named = words.map((word) => `name ILIKE '%${word.replaceAll("'", "''")}%'`);
  return [...named, ...(filter.trim() ? [words.length ? `(${filter.trim()})` : filter.trim()] : [])].join(" AND ");
}

export interface CompareRow {
  name: string;
  cells: (string | null)[];
  differs: boolean;
  best: number | null; // which cell is the greatest, where all that are there are numbers and differ
}

/** One row a name, in the order of names; `null` where one has no such thing. */
export function compareRows(columns: ReadonlyMap<string, CellValue>[], numbers: boolean): CompareRow[] {
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort();
  return names.map((name) => {
    const values = columns.map((column) => column.get(name) ?? null);
    const differs = new Set(values).size > 1;
    const measured = values.map(asNumber).map((one) => (Number.isNaN(one) ? -Infinity : one));
    const best = numbers && differs ? measured.indexOf(Math.max(...measured)) : null;
    return { name, cells: values.map((value) => (value === null ? null : String(value))), differs, best };
  });
}
