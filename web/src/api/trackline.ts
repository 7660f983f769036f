/** The server's endpoints that the pages use, one function each. */

import { address, get, post, postPacked, send, type Params } from "./client";
import type {
  CompareRuns,
  Comparison,
  CountRuns,
  Curve,
  CurveList,
  ExperimentList,
  GroupRuns,
  KeyList,
  ListRuns,
  MetricColumns,
  ReadCurves,
  Retention,
  RunCount,
  RunGroups,
  RunPage,
  RunTable,
  SavedViews,
  SetRetention,
  Tag,
  ValueList,
} from "./types";

export const NOTE = "mlflow.note.content";

const OURS = "api/trackline";
const MLFLOW = "ajax-api/2.0/mlflow";

export const experiments = {
  list: (signal?: AbortSignal) => get<ExperimentList>(`${OURS}/experiments`, {}, signal),
  twin: () => address(`${OURS}/experiments`),
  create: (name: string) => post<{ experiment_id: string }>(`${MLFLOW}/experiments/create`, { name }),
  rename: (experiment_id: string, new_name: string) =>
    post(`${MLFLOW}/experiments/update`, { experiment_id, new_name }),
  remove: (experiment_id: string) => post(`${MLFLOW}/experiments/delete`, { experiment_id }),
  restore: (experiment_id: string) => post(`${MLFLOW}/experiments/restore`, { experiment_id }),
  names: (ids: string[], signal?: AbortSignal) =>
    Promise.all(
      ids.map(async (experiment_id) => {
        const path = `${MLFLOW}/experiments/get`;
        return (await get<{ experiment: { name: string } }>(path, { experiment_id }, signal)).experiment.name;
      }),
    ),
  tags: async (experiment_id: string, signal?: AbortSignal) => {
    const path = `${MLFLOW}/experiments/get`;
    return (await get<{ experiment: { tags?: Tag[] } }>(path, { experiment_id }, signal)).experiment.tags ?? [];
  },
  tag: (experiment_id: string, key: string, value: string) =>
    post(`${MLFLOW}/experiments/set-experiment-tag`, { experiment_id, key, value }),
  untag: (experiment_id: string, key: string) =>
    post(`${MLFLOW}/experiments/delete-experiment-tag`, { experiment_id, key }),
};

const retentionOf = (experiment: string) => `${OURS}/experiments/${encodeURIComponent(experiment)}/retention`;

export const retention = {
  read: (experiment: string, signal?: AbortSignal) => get<Retention>(retentionOf(experiment), {}, signal),
  set: (rules: SetRetention) => send("PUT", retentionOf(rules.experiment_id), rules),
  remove: (experiment: string) => send("DELETE", retentionOf(experiment), {}),
};

export const runs = {
  list: (query: ListRuns, signal?: AbortSignal) => get<RunTable>(`${OURS}/runs`, params(query), signal),
  file: (query: ListRuns, format: "csv" | "json") => {
    const { experiment_id, filter, search, order_by, columns, view_type, top } = query;
    return address(`${OURS}/runs.${format}`, params({ experiment_id, filter, search, order_by, columns, view_type, top } as ListRuns));
  },
  count: ({ experiment_id, filter, search, view_type, top }: CountRuns) =>
    get<RunCount>(`${OURS}/count`, { experiment_id, filter, search, view_type, top }),
  groups: (query: GroupRuns, signal?: AbortSignal) => get<RunGroups>(`${OURS}/groups`, params(query), signal),
  twin: (query: ListRuns) => address(`${OURS}/runs`, params(query)),
  twinOfGroups: (query: GroupRuns) => address(`${OURS}/groups`, params(query)),
  values: (experiment_id: string[], field: string, search: string, max_results: number) =>
    get<ValueList>(`${OURS}/values`, { experiment_id, field, search, max_results }),
  keys: (experiment_id: string[], kind: "metric" | "parameter" | "tag", search: string, max_results: number) =>
    get<KeyList>(`${OURS}/keys`, { experiment_id, kind, search, max_results }),
  remove: (run_ids: string[]) => post(`${OURS}/runs/delete`, { run_ids }),
  restore: (run_ids: string[]) => post(`${OURS}/runs/restore`, { run_ids }),
  move: (run_ids: string[], experiment_id: string) => post(`${OURS}/runs/move`, { run_ids, experiment_id }),
  tag: (run_ids: string[], key: string, value: string) => post(`${OURS}/runs/set-tag`, { run_ids, key, value }),
  untag: (run_id: string, key: string) => post(`${MLFLOW}/runs/delete-tag`, { run_id, key }),
  rename: (run_id: string, run_name: string) => post(`${MLFLOW}/runs/update`, { run_id, run_name }),
  page: (run_id: string, signal?: AbortSignal) => get<RunPage>(`${OURS}/runs/${encodeURIComponent(run_id)}`, {}, signal),
  twinOfPage: (run_id: string) => address(`${OURS}/runs/${encodeURIComponent(run_id)}`),
  metrics: (run_id: string, search: string, after: string, max_results: number, signal?: AbortSignal) =>
    get<MetricColumns>(`${OURS}/runs/${encodeURIComponent(run_id)}/metrics`, { search, after, max_results }, signal),
};

const viewsOf = (experiment: string) => `${OURS}/experiments/${encodeURIComponent(experiment)}/views`;

export const views = {
  list: async (experiment: string, signal?: AbortSignal) => (await get<SavedViews>(viewsOf(experiment), {}, signal)).views,
  save: (experiment: string, name: string, query: string, replace: boolean) =>
    post(viewsOf(experiment), { name, query, replace }),
  change: (experiment: string, name: string, to: { new_name?: string; is_default?: boolean }) =>
    send("PATCH", viewsOf(experiment), { name, ...to }),
  remove: (experiment: string, name: string) => send("DELETE", viewsOf(experiment), { name }),
};

const COLUMNS = ["steps", "timestamps", "values", "means", "places"] as const; // of a curve, in their order
type Columns = Pick<Curve, (typeof COLUMNS)[number]>;

export const curves = (asked: ReadCurves) =>
  postPacked<CurveList>(`${OURS}/curves.bin`, asked, ({ head, column }) => {
    const { curves } = head as { curves: (Omit<Curve, keyof Columns> & Record<keyof Columns, number>)[] };
    const filled = (one: Record<keyof Columns, number>) =>
      Object.fromEntries(COLUMNS.map((name) => [name, column(one[name])])) as unknown as Columns;
    return { curves: curves.map((one) => ({ ...one, ...filled(one) })) };
  });

export const comparison = {
  read: (asked: CompareRuns, signal?: AbortSignal) => post<Comparison>(`${OURS}/compare`, asked, signal),
  twin: (asked: CompareRuns) => address(`${OURS}/compare`, { ...asked }),
};

function params(query: ListRuns | GroupRuns): Params {
  const columns = query.columns?.length === 0 ? [""] : query.columns;
  return { ...query, columns };
}
