/** The server's endpoints that the pages use, one function each. */

import { address, get, post, type Params } from "./client";
import type {
  CompareRuns,
  Comparison,
  CurveList,
  ExperimentList,
  KeyList,
  ListRuns,
  MetricColumns,
  ReadCurves,
  RunPage,
  RunTable,
  Tag,
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

export const runs = {
  list: (query: ListRuns, signal?: AbortSignal) => get<RunTable>(`${OURS}/runs`, params(query), signal),
  twin: (query: ListRuns) => address(`${OURS}/runs`, params(query)),
  keys: (experiment_id: string[], kind: "metric" | "parameter" | "tag", search: string, max_results: number) =>
    get<KeyList>(`${OURS}/keys`, { experiment_id, kind, search, max_results }),
  remove: (run_ids: string[]) => post(`${OURS}/runs/delete`, { run_ids }),
  restore: (run_ids: string[]) => post(`${OURS}/runs/restore`, { run_ids }),
  tag: (run_ids: string[], key: string, value: string) => post(`${OURS}/runs/set-tag`, { run_ids, key, value }),
  untag: (run_id: string, key: string) => post(`${MLFLOW}/runs/delete-tag`, { run_id, key }),
  rename: (run_id: string, run_name: string) => post(`${MLFLOW}/runs/update`, { run_id, run_name }),
  page: (run_id: string, signal?: AbortSignal) => get<RunPage>(`${OURS}/runs/${encodeURIComponent(run_id)}`, {}, signal),
  twinOfPage: (run_id: string) => address(`${OURS}/runs/${encodeURIComponent(run_id)}`),
  metrics: (run_id: string, search: string, after: string, max_results: number, signal?: AbortSignal) =>
    get<MetricColumns>(`${OURS}/runs/${encodeURIComponent(run_id)}/metrics`, { search, after, max_results }, signal),
};

/** By POST: a hundred names may be longer than an address. */
export const curves = (asked: ReadCurves) => post<CurveList>(`${OURS}/curves`, asked);

export const comparison = {
  read: (asked: CompareRuns, signal?: AbortSignal) => post<Comparison>(`${OURS}/compare`, asked, signal),
  twin: (asked: CompareRuns) => address(`${OURS}/compare`, { ...asked }),
};

function params(query: ListRuns): Params {
  const columns = query.columns?.length === 0 ? [""] : query.columns;
  return { ...query, columns };
}
