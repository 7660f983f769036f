/** The runs of one or several experiments: found, sorted, checked, compared. The address holds all that is chosen. */

import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { experiments as api } from "../api/trackline";
import type { Field, ListRuns } from "../api/types";
import type { PageProps } from "../app";
import { spell } from "../calc/fields";
import { readState, writeOrder, writeState, type TableState } from "../calc/tableState";
import { Snippet } from "../parts/Snippet";
import { useLoaded } from "../parts/useLoaded";
import { useKeys } from "../state/keys";
import { useLive } from "../state/live";
import { go, query, setQuery } from "../state/location";
import { told } from "../state/messages";
import { t } from "../state/preferences";
import { askedFields, moved, shownColumns, withColumn } from "../table/columns";
import { FilterBox } from "../table/FilterBox";
import { RunGrid } from "../table/RunGrid";
import { RowSource } from "../table/rows";
import { RunsBar } from "../table/RunsBar";
import { SelectionBar } from "../table/SelectionBar";
import { useVarying } from "../table/varying";

const MOST_COMPARED = 100;

export function Runs({ parts }: PageProps) {
  const ids = (parts[0] ?? "0").split(",");
  const state = readState(query.value);
  const change = (to: Partial<TableState>) => setQuery(writeState({ ...state, ...to }));
  const asked = listQuery(ids, state);
  const { source, refusal, refresh } = useRows(asked);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const names = useLoaded((stop) => api.names(ids, stop), [ids.join()]);
  const varying = useVarying(ids, state.differing);
  useLive(ids.map((id) => `experiment:${id}`), refresh);

  const all = shownColumns(state, source.fields);
  const columns = varying ? all.filter(({ field }) => field.kind === "attribute" || varying(field)) : all;
  const put = (next: typeof all) => change({ columns: next });
  const actions = {
    sort: (field: Field, ascending: boolean) => change({ order: writeOrder({ field, ascending }) }),
    change: (field: Field, to: Field) => put(withColumn(all, field, { field: to })),
    pin: (field: Field, pinned: boolean) => put(withColumn(all, field, { pinned })),
    move: (field: Field, by: number) => put(moved(all, field, by)),
    hide: (field: Field) => put(withColumn(all, field, null)),
  };
  const select = (chosen: string[], on: boolean) => {
    const next = new Set(selected);
    for (const id of chosen) if (on) next.add(id);
    else next.delete(id);
    setSelected(next);
  };
  const compare = () => go("compare", { run: [...selected].slice(0, MOST_COMPARED) });
  useKeys({ c: () => selected.size && compare() });
  const untouched = source.total === 0 && !state.filter && !state.search && !state.trash;
  return (
    <section class="page">
      <RunsBar ids={ids} names={names.value ?? ids} state={state} query={asked} columns={all} change={change} total={source.total} />
      <FilterBox value={state.filter} experiments={ids} refusal={refusal} apply={(filter) => change({ filter })} />
      {selected.size > 0 && (
        <SelectionBar
          selected={selected}
          query={asked}
          total={source.total ?? 0}
          trash={state.trash}
          compare={compare}
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
          {source.total === 0 && <p class="none">{t("nothingFound")}</p>}
          <RunGrid source={source} columns={columns} order={state.order} actions={actions} selected={selected} select={select} />
        </>
      )}
    </section>
  );
}

function listQuery(ids: string[], state: TableState): ListRuns {
  return {
    experiment_id: ids,
    filter: state.filter,
    search: state.search,
    order_by: state.order ? [state.order] : [],
    columns: askedFields(state)?.map(spell) ?? null,
    view_type: state.trash ? "DELETED_ONLY" : null,
  };
}

/** The rows of this search; those of the one before stay in view until the first of the new ones have come. */
function useRows(asked: ListRuns) {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const [refusal, setRefusal] = useState<string | null>(null);
  const shown = useRef<RowSource | null>(null);
  const key = JSON.stringify(asked);
  const next = useMemo(() => {
    const source: RowSource = new RowSource(
      asked,
      () => {
        if (shown.current !== source) shown.current?.close();
        shown.current = source;
        setRefusal(null);
        draw(0);
      },
      (error) => setRefusal(error instanceof ApiError && error.status === 400 ? error.message : told(error)),
    );
    source.need(0, 0);
    return source;
  }, [key]);
  useEffect(() => () => (next === shown.current ? undefined : next.close()), [next]);
  const source = shown.current ?? next;
  return { source, refusal, refresh: () => source.refresh() };
}

