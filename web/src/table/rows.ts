/** The rows of a search as far as they were looked at: pages that are asked for when they come into view. */

import { runs } from "../api/trackline";
import type { Field, ListRuns, RunColumns, RunTable } from "../api/types";
import { spell } from "../calc/fields";
import type { CellValue } from "../calc/numbers";

export const PAGE = 100; // rows
const KEPT = 60; // pages

/** One row; attributes by their names in RunColumns, the cells by field. */
export interface Row {
  at: number;
  id: string;
  of: <K extends keyof RunColumns>(column: K) => RunColumns[K][number];
  cell: (field: Field) => CellValue;
}

export class RowSource {
  total: number | null = null; // null: not known yet
  fields: Field[] = [];
  seen: [number, number] = [0, 0]; // the first and the last row that were needed last
  readonly #pages = new Map<number, RunTable>();
  readonly #rows = new Map<number, Row>(); // as long as their page stays, rows stay the same
  readonly #asked = new Map<number, AbortController>();
  readonly #refused = new Set<number>(); // pages that are not asked for again of themselves
  #columns: Map<string, number> = new Map();

  /** `drawn` is called when there is something new, `failed` when the server refuses. */
  constructor(
    readonly query: ListRuns,
    private readonly drawn: () => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** The row at this place; null while it is on its way. */
  row(at: number): Row | null {
    const page = this.#pages.get(Math.floor(at / PAGE));
    const place = at % PAGE;
    const id = page?.runs.run_id[place];
    if (!page || id === undefined) return null;
    const known = this.#rows.get(at);
    if (known) return known;
    const row: Row = {
      at,
      id,
      of: (column) => page.runs[column][place] as never,
      cell: (field) => page.values[this.#columns.get(spell(field)) ?? -1]?.[place] ?? null,
    };
    this.#rows.set(at, row);
    return row;
  }

  /** Ask for what is missing of the rows from `first` to `last`; give up what nobody looks at any more. */
  need(first: number, last: number): void {
    this.seen = [first, last];
    const from = Math.floor(first / PAGE);
    const to = Math.floor(Math.max(last, 0) / PAGE);
    for (const [page, asked] of this.#asked) if (page < from || page > to) this.#giveUp(page, asked);
    const known = (page: number) => this.#pages.has(page) || this.#asked.has(page) || this.#refused.has(page);
    for (let page = from; page <= to; page++) if (!known(page)) this.#ask(page);
  }

  /** Ask for the rows in view anew, because they may have changed; those elsewhere are forgotten. */
  refresh(): void {
    const [from, to] = this.seen.map((at) => Math.floor(Math.max(at, 0) / PAGE)) as [number, number];
    this.#refused.clear();
    for (const page of this.#pages.keys()) if (page < from || page > to) this.#pages.delete(page);
    for (let page = from; page <= to; page++) if (!this.#asked.has(page)) this.#ask(page);
  }

  close(): void {
    for (const [page, asked] of this.#asked) this.#giveUp(page, asked);
  }

  #ask(page: number): void {
    const asked = new AbortController();
    this.#asked.set(page, asked);
    const before = page > 0 ? this.#pages.get(page - 1)?.next_page_token : null;
    const place = before ? { page_token: before } : { skip: page * PAGE };
    runs
      .list({ ...this.query, ...place, max_results: PAGE }, asked.signal)
      .then((table) => this.#take(page, table))
      .catch((error: unknown) => {
        if (asked.signal.aborted) return;
        this.#refused.add(page);
        this.failed(error);
      })
      .finally(() => this.#asked.get(page) === asked && this.#asked.delete(page));
  }

  #take(page: number, table: RunTable): void {
    this.#pages.delete(page);
    this.#pages.set(page, table); // the newest stand last
    for (const old of this.#pages.keys()) if (this.#pages.size > KEPT) this.#pages.delete(old);
    this.#rows.clear();
    this.total = table.total;
    this.fields = table.fields;
    this.#columns = new Map(table.fields.map((field, at) => [spell(field), at]));
    this.drawn();
  }

  #giveUp(page: number, asked: AbortController): void {
    asked.abort();
    this.#asked.delete(page);
  }
}

/** All rows of a search, page after page, at most `most`; for exports and for checking all of them. */
export async function allRows(query: ListRuns, most: number, each: (table: RunTable) => void): Promise<void> {
  let token: string | null | undefined;
  let count = 0;
  do {
    const table: RunTable = await runs.list({ ...query, page_token: token, max_results: 5000 });
    each(table);
    count += table.runs.run_id.length;
    token = table.next_page_token;
  } while (token && count < most);
}
