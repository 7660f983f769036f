/** The groups of a search's runs, page by page. */

import { runs } from "../api/trackline";
import type { Field, GroupRuns, RunGroups } from "../api/types";
import { spell } from "../calc/fields";
import { inGroup } from "../calc/filter";
import type { CellValue } from "../calc/numbers";
import { PAGE, pageOfGroups } from "../calc/runQueries";
import type { Level } from "./outline";
import { Pages } from "./pages";

export interface Statistics {
  count: number;
  mean: CellValue;
  std: CellValue;
  low: CellValue;
  high: CellValue;
}

/** Runs with the same value, null where they have none; `filter` finds just them among all. */
export interface Group {
  kind: "group";
  id: string;
  value: string | null;
  runs: number;
  filter: string;
  of: (field: Field) => Statistics | null;
}

export class GroupSource extends Pages<RunGroups> implements Level {
  fields: Field[] = [];
  known: number | null = null;
  readonly #groups = new Map<number, Group>();

  constructor(
    readonly query: GroupRuns,
    readonly by: Field,
    drawn: () => void,
    failed: (error: unknown) => void,
  ) {
    super(drawn, failed);
  }

  get total(): number {
    return this.known ?? 0;
  }

  at(at: number): Group | null {
    const page = this.pages.get(Math.floor(at / PAGE));
    const place = at % PAGE;
    const value = page?.value[place];
    if (!page || value === undefined) return null;
    const known = this.#groups.get(at);
    if (known) return known;
    const columns = new Map(page.fields.map((field, at) => [spell(field), at]));
    const group: Group = {
      kind: "group",
      id: groupId(value),
      value,
      runs: page.runs[place] ?? 0,
      filter: inGroup(this.by, value),
      of: (field) => {
        const column = columns.get(spell(field));
        if (column === undefined) return null;
        const cell = (name: "mean" | "std" | "low" | "high") => page[name][column]?.[place] ?? null;
        const count = page.count[column]?.[place] ?? 0;
        return { count, mean: cell("mean"), std: cell("std"), low: cell("low"), high: cell("high") };
      },
    };
    this.#groups.set(at, group);
    return group;
  }

  place(id: string): number | null {
    for (const [page, { value }] of this.pages) {
      const at = value.findIndex((one) => groupId(one) === id);
      if (at >= 0) return page * PAGE + at;
    }
    return null;
  }

  protected async load(page: number, signal: AbortSignal): Promise<RunGroups> {
    const groups = await runs.groups(pageOfGroups(this.query, page), signal);
    this.#groups.clear();
    this.fields = groups.fields;
    this.known = groups.total;
    return groups;
  }
}

/** Unlike any run's. */
function groupId(value: string | null): string {
  return value === null ? "=" : `=${value}=`;
}
