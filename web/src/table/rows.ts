/** The runs of a search, page by page. */

import { runs } from "../api/trackline";
import type { Field, ListRuns, RunColumns, RunLink, RunTable } from "../api/types";
import { spell } from "../calc/fields";
import type { CellValue } from "../calc/numbers";
import { firstPage, PAGE } from "../calc/runQueries";
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

export class RowSource extends Pages<RunTable> implements Level {
  fields: Field[] = [];
  known: number | null = null;
  #least = 0; // rows that there are at any rate
  #counting = false;
  readonly #rows = new Map<number, Row>(); // as long as their page stays, rows stay the same
  #columns: Map<string, number> = new Map();

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
    const page = this.pages.get(Math.floor(at / PAGE));
    const place = at % PAGE;
    const id = page?.runs.run_id[place];
    if (!page || id === undefined) return null;
    const known = this.#rows.get(at);
    if (known) return known;
    const row: Row = {
      kind: "run",
      id,
      of: (column) => page.runs[column][place] as never,
      cell: (field) => page.values[this.#columns.get(spell(field)) ?? -1]?.[place] ?? null,
      parent: page.family?.parent[place] ?? null,
      children: page.family?.children[place] ?? null,
    };
    this.#rows.set(at, row);
    return row;
  }

  place(id: string): number | null {
    for (const [page, { runs }] of this.pages) {
      const at = runs.run_id.indexOf(id);
      if (at >= 0) return page * PAGE + at;
    }
    return null;
  }

  protected load(page: number, signal: AbortSignal): Promise<RunTable> {
    if (page === 0) return runs.list(firstPage(this.query), signal);
    const before = this.pages.get(page - 1)?.next_page_token;
    const place = before ? { page_token: before } : { skip: page * PAGE };
    return runs.list({ ...this.query, ...place, max_results: PAGE, counted: false }, signal);
  }

  protected taken(page: number, table: RunTable): void {
    this.#rows.clear();
    this.fields = table.fields;
    this.#columns = new Map(table.fields.map((field, at) => [spell(field), at]));
    this.#least = page * PAGE + table.runs.run_id.length + (table.next_page_token ? 1 : 0);
    if (table.total === null) void this.#count();
    else this.known = table.total;
  }

  /** Counting may take longer than reading: the rows do not wait for it. */
  async #count(): Promise<void> {
    if (this.#counting) return;
    this.#counting = true;
    try {
      this.known = (await runs.count(this.query)).total;
      this.drawn();
    } catch (error) {
      this.failed(error);
    } finally {
      this.#counting = false;
    }
  }
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
