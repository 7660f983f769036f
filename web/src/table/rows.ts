/** The runs of a search, page by page. */

import { runs } from "../api/trackline";
import type { Field, ListRuns, RunColumns, RunLink, RunTable } from "../api/types";
import { spell } from "../calc/fields";
import type { CellValue } from "../calc/numbers";
import { firstPage, PAGE } from "../calc/runQueries";
import { oncePainted } from "../state/painted";
import type { Level } from "./outline";
import { Pages } from "./pages";

/** One run; attributes by their names in RunColumns, the cells by field. */
export interface Row {
  kind: "run";
  id: string;
  of: <K extends keyof RunColumns>(column: K) => RunColumns[K][number];
  cell: (field: Field) => CellValue;
  parent: RunLink | null;
  children: number | null; // null: nobody asked
}

interface Page {
  token: string | null | undefined; // of the page after it
  rows: Row[]; // made once, so that what shows them need not be drawn anew
}

export class RowSource extends Pages<Page> implements Level {
  fields: Field[] = [];
  known: number | null = null;
  #least = 0; // rows that there are at any rate
  #changed = true; // since they were counted

  constructor(
    readonly query: ListRuns,
    drawn: () => void,
    failed: (error: unknown) => void,
  ) {
    super(drawn, failed);
  }

  get total(): number {
    return this.known ?? this.#least;
  }

  at(at: number): Row | null {
    return this.pages.get(Math.floor(at / PAGE))?.rows[at % PAGE] ?? null;
  }

  place(id: string): number | null {
    for (const [page, { rows }] of this.pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return page * PAGE + at;
    }
    return null;
  }

  override refresh(): void {
    this.#changed = true;
    super.refresh();
  }

  protected async load(page: number, signal: AbortSignal): Promise<Page> {
    const table = await this.#read(page, signal);
    if (signal.aborted) throw signal.reason;
    if (page === 0 || !this.fields.length) this.fields = table.fields;
    const rows = rowsOf(table);
    this.#least = page * PAGE + rows.length + (table.next_page_token ? 1 : 0);
    if (table.total !== null) this.known = table.total;
    else if (this.#changed) oncePainted(() => void this.#count());
    return { token: table.next_page_token, rows };
  }

  /** The server chooses columns for the first page at most: that costs it more than the rows, and they stay the same. */
  #read(page: number, signal: AbortSignal): Promise<RunTable> {
    if (page === 0) return runs.list(firstPage(this.query), signal);
    const before = this.pages.get(page - 1)?.token;
    const place = before ? { page_token: before } : { skip: page * PAGE };
    const columns = this.query.columns ?? (this.fields.length ? this.fields.map(spell) : null);
    return runs.list({ ...this.query, ...place, columns, max_results: PAGE, counted: false }, signal);
  }

  /** Counting may take longer than reading: the rows do not wait for it. */
  async #count(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    try {
      this.known = (await runs.count(this.query)).total;
      this.drawn();
    } catch (error) {
      this.#changed = true;
      this.failed(error);
    }
  }
}

function rowsOf({ runs, fields, values, family }: RunTable): Row[] {
  const columns = new Map(fields.map((field, at) => [spell(field), at]));
  return runs.run_id.map((id, at) => ({
    kind: "run",
    id,
    of: (column) => runs[column][at] as never,
    cell: (field) => values[columns.get(spell(field)) ?? -1]?.[at] ?? null,
    parent: family?.parent[at] ?? null,
    children: family?.children[at] ?? null,
  }));
}

/** All rows of a search, page after page, at most `most`; for what is done with all of them. */
export async function allRows(query: ListRuns, most: number, each: (table: RunTable) => void): Promise<void> {
  let token: string | null | undefined;
  let count = 0;
  do {
    const table: RunTable = await runs.list({ ...query, page_token: token, max_results: 5000, counted: false });
    each(table);
    count += table.runs.run_id.length;
    token = table.next_page_token;
  } while (token && count < most);
}
