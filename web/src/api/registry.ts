/** Registered models and their versions. */

import { address, get, post, send } from "./client";
import type { DatasetInput, HistoryEntry, ModelVersion, Param, RegisteredModel, RunInfo, Tag } from "./types";

const OURS = "api/trackline/models";
const MLFLOW = "ajax-api/2.0/mlflow";

export const STAGES = ["None", "Staging", "Production", "Archived"] as const;

interface Measured {
  metrics?: { key: string; value: number | string }[];
  params?: Param[];
  tags?: Tag[];
}

export interface Lineage {
  model_version: ModelVersion;
  run?: { info: RunInfo; data: Measured; inputs: { dataset_inputs?: DatasetInput[] } };
  logged_model?: { info: { model_id: string; name: string }; data: Measured };
}

export interface ModelPage {
  registered_models?: RegisteredModel[];
  next_page_token?: string;
}

export interface HistoryPage {
  entries?: HistoryEntry[];
  next_page_token?: string;
}

const below = (name: string) => `${OURS}/${encodeURIComponent(name)}`;

export const registry = {
  search: (filter: string, page_token: string | null, signal?: AbortSignal) =>
    get<ModelPage>(`${MLFLOW}/registered-models/search`, { filter, page_token, max_results: 100 }, signal),
  twin: (filter: string) => address(`${MLFLOW}/registered-models/search`, { filter, max_results: 100 }),
  get: async (name: string, signal?: AbortSignal) =>
    (await get<{ registered_model: RegisteredModel }>(`${MLFLOW}/registered-models/get`, { name }, signal)).registered_model,
  twinOf: (name: string) => address(`${MLFLOW}/registered-models/get`, { name }),
  create: (name: string, description: string) => post(`${MLFLOW}/registered-models/create`, { name, description }),
  rename: (name: string, new_name: string) => post(`${MLFLOW}/registered-models/rename`, { name, new_name }),
  describe: (name: string, description: string) => send("PATCH", `${MLFLOW}/registered-models/update`, { name, description }),
  remove: (name: string) => send("DELETE", `${MLFLOW}/registered-models/delete`, { name }),
  tag: (name: string, key: string, value: string) => post(`${MLFLOW}/registered-models/set-tag`, { name, key, value }),
  untag: (name: string, key: string) => send("DELETE", `${MLFLOW}/registered-models/delete-tag`, { name, key }),
  alias: (name: string, alias: string, version: string) => post(`${MLFLOW}/registered-models/alias`, { name, alias, version }),
  unalias: (name: string, alias: string) => send("DELETE", `${MLFLOW}/registered-models/alias`, { name, alias }),
  rollBack: (name: string, alias: string) =>
    post<{ model_version: ModelVersion }>(`${below(name)}/aliases/${encodeURIComponent(alias)}/rollback`, {}),
  history: (name: string, version: string | null, page_token: string | null, signal?: AbortSignal) =>
    get<HistoryPage>(`${below(name)}${version ? `/versions/${version}` : ""}/history`, { page_token, max_results: 50 }, signal),
};

export const versions = {
  of: async (name: string, signal?: AbortSignal) => {
    const filter = `name = '${name.replaceAll("'", "''")}'`;
    const order_by = ["version_number DESC"];
    const answer = await get<{ model_versions?: ModelVersion[] }>(
      `${MLFLOW}/model-versions/search`, { filter, order_by, max_results: 1000 }, signal);
    return answer.model_versions ?? [];
  },
  lineage: (name: string, version: string, signal?: AbortSignal) =>
    get<Lineage>(`${below(name)}/versions/${version}/lineage`, {}, signal),
  twin: (name: string, version: string) => address(`${below(name)}/versions/${version}/lineage`),
  tar: (name: string, reference: string) => address(`${OURS}/${encodeURIComponent(name)}${reference}.tar`),
  ofRun: async (run_id: string, signal?: AbortSignal) =>
    (await get<{ model_versions?: ModelVersion[] }>(`api/trackline/runs/${run_id}/model-versions`, {}, signal)).model_versions ?? [],
  transition: (name: string, version: string, stage: string, archive_existing_versions: boolean) =>
    post(`${MLFLOW}/model-versions/transition-stage`, { name, version, stage, archive_existing_versions }),
  describe: (name: string, version: string, description: string) =>
    send("PATCH", `${MLFLOW}/model-versions/update`, { name, version, description }),
  remove: (name: string, version: string) => send("DELETE", `${MLFLOW}/model-versions/delete`, { name, version }),
  tag: (name: string, version: string, key: string, value: string) =>
    post(`${MLFLOW}/model-versions/set-tag`, { name, version, key, value }),
  untag: (name: string, version: string, key: string) =>
    send("DELETE", `${MLFLOW}/model-versions/delete-tag`, { name, version, key }),
};
