/** The runs of one or several experiments: found, sorted, grouped, checked, compared. The address holds all that is chosen. */

import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { experiments as api, runs, views as savedViews } from "../api/trackline";
import type { Field, SavedView } from "../api/types";
import type { PageProps } from "../routes";
import { sameField } from "../calc/fields";
import { both } from "../calc/filter";
import { listQuery } from "../calc/runQueries";
import { readState, writeOrder, writeState, type TableState } from "../calc/tableState";
import { charts, defaultOf, shownAs } from "../calc/views";
import { Snippet } from "../parts/Snippet";
import { Unread } from "../parts/Unread";
import { useLoaded, type Loaded } from "../parts/useLoaded";
import { useKeys } from "../state/keys";
import { useLive } from "../state/live";
import { go, query, setQuery } from "../state/location";
import { attempt } from "../state/messages";
import { t } from "../state/preferences";
import { useTitle } from "../state/title";
import { drawn, moved, NAME, shownColumns, withColumn } from "../table/columns";
import { FilterBox } from "../table/FilterBox";
import type { Group } from "../table/groups";
import { useHeat } from "../table/heat";
import { allRows } from "../table/rows";
import { RunGrid } from "../table/RunGrid";
import { RunsBar } from "../table/RunsBar";
import { SelectionBar } from "../table/SelectionBar";
import { useRows } from "../table/useRows";
import { useVarying } from "../table/varying";

const MOST_COMPARED = 100;
const MOST_CHECKED = 200_000; // runs

export function Runs({ parts }: PageProps) {
  const ids = (parts[0] ?? "0").split(",");
  const { isOpen, ...views } = useViews(ids);
  return isOpen ? null : <Table ids={ids} views={views} />;
}

function Table({ ids, views }: { ids: string[]; views: Loaded<SavedView[]> }) {
  const state = readState(query.value);
  const change = (to: Partial<TableState>, replace = true) => setQuery(writeState({ ...state, ...to }), replace);
  const asked = listQuery(ids, state);
  const { source, refusal, refresh } = useRows(asked, state);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const names = useLoaded((stop) => api.names(ids, stop), [ids.join()]);
  useTitle(names.value?.join(", "));
  const varying = useVarying(ids, state.differing);
  const heat = useHeat(asked, state.heat);
  useLive(ids.map((id) => `experiment:${id}`), () => {
    refresh();
    if (!names.value) names.reload(); // what could not be reached is there again
  });
  useEffect(() => () => source.close(), [source]);

  const all = shownColumns(state, unique(source.fields));
  const columns = varying ? all.filter(({ field }) => field.kind === "attribute" || varying(field)) : all;
  const put = (next: typeof all) => change({ columns: next });
  const actions = {
    sort: (field: Field, ascending: boolean) => change({ order: writeOrder({ field, ascending }) }),
    change: (field: Field, to: Field) => put(withColumn(all, field, { field: to })),
    pin: (field: Field, pinned: boolean) => put(withColumn(all, field, { pinned })),
    move: (field: Field, by: number) => put(moved(all, field, by)),
    hide: (field: Field) => put(withColumn(all, field, null)),
    resize: (field: Field, width: number | null) => {
      const others = state.widths.filter((one) => !sameField(one.field, field));
      change({ widths: width === null ? others : [...others, { field, width }] });
    },
    colour: (field: Field, best: "high" | "low" | null) => {
      const others = state.heat.filter((one) => !sameField(one.field, field));
      change({ heat: best === null ? others : [...others, { field, best }] });
    },
  };
  const select = (chosen: string[], on: boolean) => {
    const next = new Set(selected);
    for (const id of chosen) if (on) next.add(id);
    else next.delete(id);
    setSelected(next);
  };
  const toggle = (id: string) => {
    const open = state.open.includes(id) ? state.open.filter((one) => one !== id) : [...state.open, id];
    change({ open }, false);
  };
  const compare = (chosen: Iterable<string>) => go("compare", { run: [...chosen].slice(0, MOST_COMPARED), ...charts(query.value) });
  const inside = (group: Group) => ({ ...asked, filter: both(state.filter, group.filter), columns: [] });
  const groups = {
    compareGroup: (group: Group) =>
      void attempt(async () => compare((await runs.list({ ...inside(group), max_results: MOST_COMPARED })).runs.run_id)),
    checkGroup: (group: Group) =>
      void attempt(async () => {
        const found: string[] = [];
        await allRows(inside(group), MOST_CHECKED, (table) => found.push(...table.runs.run_id));
        select(found, true);
      }),
    showGroup: (group: Group) => change({ filter: both(state.filter, group.filter), group: null, open: [] }, false),
  };
  useKeys({ c: () => selected.size && compare(selected) });
  if (names.failure && source.known === 0) return <Unread failure={names.failure} onwards="experiments" />;
  const untouched = source.known === 0 && !state.filter && !state.search && !state.trash;
  return (
    <section class="page">
      <RunsBar
        ids={ids}
        names={names.value ?? ids}
        state={state}
        query={asked}
        columns={all}
        change={change}
        total={source.known}
        views={views}
      />
      <FilterBox value={state.filter} experiments={ids} refusal={refusal} apply={(filter) => change({ filter })} />
      {selected.size > 0 && (
        <SelectionBar
          selected={selected}
          query={asked}
          total={state.group || asked.top ? null : source.known}
          trash={state.trash}
          compare={() => compare(selected)}
          choose={setSelected}
          done={refresh}
        />
      )}
      {untouched ? (
        <div class="welcome">
          <h2>{t("noRuns")}</h2>
          <p>{t("welcomeText")}</p>
          <Snippet experiment={names.value?.[0]} />
        </div>
      ) : (
        <>
          {source.known === 0 && <p class="none">{t("nothingFound")}</p>}
          {source.total === 0 && source.known === null ? (
            refusal === null && <div class="grid" />
          ) : (
            <RunGrid
              source={source}
              name={drawn({ field: NAME, pinned: true }, state, heat)}
              columns={columns.map((one) => drawn(one, state, heat))}
              order={state.order}
              by={state.group}
              actions={actions}
              groups={groups}
              selected={selected}
              select={select}
              toggle={toggle}
            />
          )}
        </>
      )}
    </section>
  );
}

/** The saved views. An address in which nothing is chosen shows the default one, and nothing until it is known which. */
function useViews(ids: string[]) {
  const views = useLoaded(async (stop) => (ids.length === 1 ? savedViews.list(ids[0]!, stop) : []), [ids.join()]);
  const isEmpty = query.value.size === 0;
  const first = defaultOf(views.value ?? []);
  useLayoutEffect(() => {
    if (isEmpty && first) setQuery(shownAs(first.name, first.query, query.value));
  }, [isEmpty, first]);
  const isOpen = isEmpty && (first !== undefined || (views.value === null && views.failure === null));
  return { ...views, isOpen };
}

function unique(fields: Field[]): Field[] {
  return fields.filter((field, at) => fields.findIndex((one) => sameField(one, field)) === at);
}
