// Made by tools/web_types.py from the server's own messages; `make web` renews it.

export interface Alias {
  alias: string;
  version: string;
}

export interface CompareRuns {
  run_id: string[];
  columns?: string[] | null;
  search?: string;
  differing?: boolean;
  measure?: "maximum" | "metric" | "minimum";
  max_results?: number;
}

export interface Comparison {
  runs: RunColumns;
  missing: string[];
  fields: Field[];
  values: ((number | string | null)[])[];
  more: ("metric" | "parameter" | "tag")[];
}

export interface CopiedRun {
  from: string;
  to: string;
}

export interface CopiedRuns {
  runs: CopiedRun[];
}

export interface CopyRuns {
  run_ids: string[];
  experiment_id: string;
  artifacts?: boolean;
}

export interface CountRuns {
  experiment_id: string[];
  filter?: string;
  search?: string;
  view_type?: 1 | 2 | 3 | "ACTIVE_ONLY" | "ALL" | "DELETED_ONLY" | null;
  top?: boolean;
}

export interface Counts {
  experiments: number;
  runs: number;
  metrics: number;
  points: number;
  registered_models: number;
  model_versions: number;
  logged_models: number;
  users: number;
}

export interface Curve {
  run_id: string;
  key: string;
  total: number;
  began: number;
  logged: number | null;
  steps: Float64Array;
  timestamps: Float64Array;
  values: Float64Array;
  means: Float64Array;
  places: Float64Array;
}

export interface CurveList {
  curves: Curve[];
}

export interface DatabaseStatus {
  version: string;
  size: number;
  counts: Counts;
  waiting: Waiting;
}

export interface Dataset {
  name: string;
  digest: string;
  source_type: string;
  source: string;
  schema?: string | null;
  profile?: string | null;
}

export interface DatasetInput {
  dataset: Dataset;
  tags?: Tag[];
}

export interface DeleteRuns {
  run_ids: string[];
  force?: boolean;
}

export interface DeliveryEntry {
  number: number;
  delivery_id: string;
  event: string;
  happened: number;
  state: "DEAD" | "DELIVERED" | "PENDING";
  attempts: number;
  last_attempt?: number | null;
  response_status?: number | null;
  response_body?: string | null;
  error_message?: string | null;
}

export interface DiskUsage {
  measured: number | null;
  experiments: ExperimentUsage[];
  registered_models: RegisteredUsage[];
  more: boolean;
}

export interface Event {
  entity: string;
  action: string;
}

export interface ExperimentList {
  experiments: ExperimentRow[];
}

export interface ExperimentRow {
  experiment_id: string;
  name: string;
  lifecycle_stage: "active" | "deleted";
  creation_time: number;
  last_activity: number;
  runs: number;
  note: string;
  tags: Tag[];
}

export interface ExperimentUsage {
  experiment_id: string;
  name: string;
  lifecycle_stage: "active" | "deleted";
  runs: number;
  metadata_bytes: number;
  points_bytes: number;
  artifact_bytes: number;
  trash_bytes: number;
}

export interface ExportRuns {
  experiment_id: string[];
  filter?: string;
  search?: string;
  view_type?: 1 | 2 | 3 | "ACTIVE_ONLY" | "ALL" | "DELETED_ONLY" | null;
  top?: boolean;
  order_by?: string[];
  columns?: string[] | null;
}

export interface Family {
  parent: (RunLink | null)[];
  children: number[];
}

export interface Field {
  kind: "attribute" | "dataset" | "maximum" | "metric" | "minimum" | "parameter" | "tag";
  key: string;
}

export interface GroupRuns {
  experiment_id: string[];
  filter?: string;
  search?: string;
  view_type?: 1 | 2 | 3 | "ACTIVE_ONLY" | "ALL" | "DELETED_ONLY" | null;
  top?: boolean;
  by?: string;
  order_by?: string;
  columns?: string[] | null;
  max_results?: number;
  skip?: number;
}

export interface HistoryEntry {
  id: number;
  at: number;
  actor: string;
  model_id: number;
  model: string;
  what: "alias" | "created" | "deleted" | "description" | "renamed" | "stage" | "tag";
  version?: string | null;
  key?: string | null;
  before?: string | null;
  after?: string | null;
}

export interface KeyList {
  keys: KeyRow[];
  of_runs: number;
  more: boolean;
}

export interface KeyRow {
  key: string;
  runs: number;
  varies: boolean;
}

export interface ListKeys {
  experiment_id: string[];
  kind: "metric" | "parameter" | "tag";
  search?: string;
  max_results?: number;
}

export interface ListMetrics {
  run_id: string;
  search?: string;
  after?: string;
  max_results?: number;
}

export interface ListRuns {
  experiment_id: string[];
  filter?: string;
  search?: string;
  view_type?: 1 | 2 | 3 | "ACTIVE_ONLY" | "ALL" | "DELETED_ONLY" | null;
  top?: boolean;
  order_by?: string[];
  columns?: string[] | null;
  counted?: boolean;
  family?: boolean;
  max_results?: number;
  skip?: number;
  page_token?: string | null;
}

export interface ListValues {
  experiment_id: string[];
  field: string;
  search?: string;
  max_results?: number;
}

export interface LiveHint {
  topics: string[];
}

export interface MetricColumns {
  key: string[];
  value: (number | string | null)[];
  step: number[];
  timestamp: number[];
  min_value: (number | string | null)[];
  max_value: (number | string | null)[];
  points: number[];
  total: number;
}

export interface ModelLink {
  model_id: string;
  name: string;
  step: number;
}

export interface ModelUsage {
  model_id: string;
  name: string;
  lifecycle_stage: "active" | "deleted";
  artifact_files: number | null;
  artifact_bytes: number | null;
}

export interface ModelVersion {
  name: string;
  version: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  current_stage: "Archived" | "None" | "Production" | "Staging";
  source: string;
  run_id: string;
  run_link: string;
  status: "FAILED_REGISTRATION" | "PENDING_REGISTRATION" | "READY";
  description?: string | null;
  tags?: Tag[];
  aliases?: string[];
}

export interface MoveRuns {
  run_ids: string[];
  experiment_id: string;
}

export interface Param {
  key: string;
  value: string;
}

export interface ReadCurves {
  run_id: string[];
  key: string[];
  x?: "relative" | "step" | "time";
  against?: string;
  first?: number | null;
  last?: number | null;
  max_points?: number;
}

export interface RegisteredModel {
  name: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  description?: string | null;
  latest_versions?: ModelVersion[];
  tags?: Tag[];
  aliases?: Alias[];
}

export interface RegisteredUsage {
  name: string;
  versions: number;
  artifact_bytes: number;
}

export interface RestoreRuns {
  run_ids: string[];
}

export interface Retention {
  keep_best?: number | null;
  metric?: string | null;
  goal?: "max" | "min" | null;
  thin_after_days?: number | null;
  thin_to?: number | null;
}

export interface RunColumns {
  run_id: string[];
  run_name: string[];
  experiment_id: string[];
  user_id: string[];
  status: ("FAILED" | "FINISHED" | "KILLED" | "RUNNING" | "SCHEDULED")[];
  lifecycle_stage: ("active" | "deleted")[];
  start_time: number[];
  end_time: (number | null)[];
  last_seen: (number | null)[];
}

export interface RunCount {
  total: number;
}

export interface RunGroups {
  total: number;
  value: (string | null)[];
  runs: number[];
  fields: Field[];
  count: number[][];
  mean: ((number | string | null)[])[];
  std: ((number | string | null)[])[];
  low: ((number | string | null)[])[];
  high: ((number | string | null)[])[];
}

export interface RunInfo {
  run_id: string;
  run_uuid: string;
  run_name: string;
  experiment_id: string;
  user_id: string;
  status: "FAILED" | "FINISHED" | "KILLED" | "RUNNING" | "SCHEDULED";
  artifact_uri: string;
  lifecycle_stage: "active" | "deleted";
  start_time?: number | null;
  end_time?: number | null;
}

export interface RunLink {
  run_id: string;
  run_name: string;
}

export interface RunPage {
  info: RunInfo;
  experiment_name: string;
  params: Param[];
  tags: Tag[];
  dataset_inputs: DatasetInput[];
  metrics: number;
  last_seen: number | null;
  parent: RunLink | null;
  children: number;
  models: ModelLink[];
}

export interface RunTable {
  total: number | null;
  runs: RunColumns;
  fields: Field[];
  values: ((number | string | null)[])[];
  next_page_token?: string | null;
  family?: Family | null;
}

export interface RunUsage {
  run_id: string;
  run_name: string;
  lifecycle_stage: "active" | "deleted";
  metadata_bytes: number | null;
  points_bytes: number | null;
  artifact_files: number | null;
  artifact_bytes: number | null;
}

export interface SavedView {
  name: string;
  query: string;
  is_default?: boolean;
  updated_time?: number;
}

export interface SavedViews {
  views: SavedView[];
}

export interface ServerStatus {
  version: string;
  mlflow: string;
  python: string;
  begun: number;
  sign_in: boolean;
  database_place: string;
  database: DatabaseStatus;
  artifacts_place: string;
  artifact_root: string;
  stores: StoreStatus[];
}

export interface SetRetention {
  experiment_id: string;
  keep_best?: number | null;
  metric?: string | null;
  goal?: "max" | "min" | null;
  thin_after_days?: number | null;
  thin_to?: number | null;
}

export interface StoreStatus {
  place: string;
  problem: string;
}

export interface Tag {
  key: string;
  value: string;
}

export interface TagRuns {
  run_ids: string[];
  key: string;
  value?: string;
}

export interface Token {
  id: number;
  username: string;
  name: string;
  scope: "read" | "write";
  created_ms: number;
  expires_ms?: number | null;
  used_ms?: number | null;
  limits?: string[];
}

export interface UsageWithin {
  runs: RunUsage[];
  models: ModelUsage[];
}

export interface ValueList {
  values: ValueRow[];
}

export interface ValueRow {
  value: string;
  runs: number;
}

export interface Waiting {
  deliveries: number;
  dead_letters: number;
}

export interface Webhook {
  webhook_id: string;
  name: string;
  url: string;
  events: Event[];
  status: "ACTIVE" | "DISABLED";
  creation_timestamp: number;
  last_updated_timestamp: number;
  description?: string | null;
}
