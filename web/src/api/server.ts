/** The server itself: how it is, who may use it, and whom it tells of what happens. */

import { address, get, post, send } from "./client";
import type { DeliveryEntry, DiskUsage, ServerStatus, Token, UsageWithin, Webhook } from "./types";

const OURS = "api/trackline";
const MLFLOW = "ajax-api/2.0/mlflow";

export interface Me {
  sign_in: boolean; // whether people have to sign in here
  user: { username: string; is_admin: boolean } | null;
  oidc: string | null; // what the identity provider is called, where there is one
  notebooks: boolean; // whether there is a JupyterLab beside the server, which is for administrators
}

export interface User {
  id: number;
  username: string;
  is_admin: boolean;
  is_service: boolean;
  is_disabled: boolean;
  roles: { name: string }[];
}

export interface LogEntry {
  id: number;
  at: number;
  actor: string;
  what: string;
  subject?: string;
  detail?: string;
}

export const session = {
  me: () => get<Me>(`${OURS}/me`),
  login: (username: string, password: string) => post(`${OURS}/login`, { username, password }),
  /** The address that leads to the identity provider, and in the end back to `next`, a path of this server's. */
  provider: (next: string) => address(`${OURS}/oidc/start`, { next }),
  logout: () => post(`${OURS}/logout`, {}),
};

export const server = {
  status: (signal?: AbortSignal) => get<ServerStatus>(`${OURS}/status`, {}, signal),
  disk: (signal?: AbortSignal) => get<DiskUsage>(`${OURS}/disk`, { max_results: 20 }, signal),
  diskWithin: (experiment: string, signal?: AbortSignal) =>
    get<UsageWithin>(`${OURS}/experiments/${experiment}/disk`, { max_results: 10 }, signal),
  /** Of each part of its page. */
  twins: {
    server: () => address(`${OURS}/status`),
    webhooks: () => address(`${OURS}/webhooks`),
    users: () => address(`${MLFLOW}/users/list`),
    account: () => address(`${OURS}/me`),
  },
};

export const users = {
  list: async (signal?: AbortSignal) => (await get<{ users: User[] }>(`${MLFLOW}/users/list`, {}, signal)).users,
  create: (username: string, password: string) => post(`${MLFLOW}/users/create`, { username, password }),
  setAdmin: (username: string, is_admin: boolean) => send("PATCH", `${MLFLOW}/users/update-admin`, { username, is_admin }),
  setPassword: (username: string, password: string, current_password?: string) =>
    send("PATCH", `${MLFLOW}/users/update-password`, { username, password, current_password }),
  remove: (username: string) => send("DELETE", `${MLFLOW}/users/delete`, { username }),
  log: async (signal?: AbortSignal) =>
    (await get<{ entries: LogEntry[] }>(`${OURS}/access-log`, { max_results: 50 }, signal)).entries,
};

export const tokens = {
  list: async (username: string, signal?: AbortSignal) =>
    (await get<{ tokens: Token[] }>(`${OURS}/tokens`, { username }, signal)).tokens,
  create: (username: string, name: string, scope: "read" | "write", days: number | null) =>
    post<{ token: string }>(`${OURS}/tokens`, { username, name, scope, days }),
  revoke: (username: string, name: string) => send("DELETE", `${OURS}/tokens`, { username, name }),
};

export interface WebhookDraft {
  name: string;
  url: string;
  description: string;
  events: { entity: string; action: string }[];
  secret?: string | undefined;
}

const hook = (id: string) => `${OURS}/webhooks/${encodeURIComponent(id)}`;

export const webhooks = {
  list: async (signal?: AbortSignal) =>
    (await get<{ webhooks?: Webhook[] }>(`${OURS}/webhooks`, { max_results: 1000 }, signal)).webhooks ?? [],
  create: (draft: WebhookDraft) => post(`${OURS}/webhooks`, draft),
  update: (id: string, change: Partial<WebhookDraft> & { status?: Webhook["status"] }) => send("PATCH", hook(id), change),
  remove: (id: string) => send("DELETE", hook(id), {}),
  test: async (id: string) =>
    (await post<{ result: { success: boolean; response_status?: number; error_message?: string } }>(`${hook(id)}/test`, {})).result,
  deliveries: async (id: string, state: string, signal?: AbortSignal) =>
    (await get<{ deliveries?: DeliveryEntry[] }>(`${hook(id)}/deliveries`, { state, max_results: 50 }, signal)).deliveries ?? [],
  retry: (id: string, number: number) => post(`${hook(id)}/deliveries/${number}/retry`, {}),
};
