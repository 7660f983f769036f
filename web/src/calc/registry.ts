/** Models and versions: filters, and the rows of a comparison. */

import type { CellValue } from "./numbers";

/** MLflow's filter for models whose names hold each of the words, and for which `filter` holds. */
export function filterOf(search: string, filter: string): string {
  const words = search.split(/\s+/).filter(Boolean);
  const named = words.map((word) => `name ILIKE '%${word.replaceAll("'", "''")}%'`);
  return [...named, ...(filter.trim() ? [words.length ? `(${filter.trim()})` : filter.trim()] : [])].join(" AND ");
}

/** The first words of a text in Markdown, for a list. */
export function plainBeginning(text: string): string {
  return text.slice(0, 300).replace(/\[[ x]\]|[#*_`>|]|\[|\]\([^)]*\)/g, "").replace(/\s+/g, " ").trim();
}

export interface CompareRow {
  name: string;
  cells: CellValue[];
  differs: boolean;
}

/** One row a name, in the order of names; `null` where one has no such thing. */
export function compareRows(columns: ReadonlyMap<string, CellValue>[]): CompareRow[] {
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort();
  return names.map((name) => {
    const cells = columns.map((column) => column.get(name) ?? null);
    return { name, cells, differs: new Set(cells).size > 1 };
  });
}
