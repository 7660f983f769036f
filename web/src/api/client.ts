/** The one place that speaks to the server. Addresses are relative to the page's base, whatever proxy shows it. */

import { unpacked, type Packed } from "../calc/packed";

export const ROOT = new URL(document.baseURI);

export const UNREADABLE = "UNREADABLE"; // the code of an answer that is not the server's own: a proxy's page, say

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export type Params = Record<string, string | number | boolean | string[] | null | undefined>;

/** The absolute address of an endpoint or page; lists become repeated parameters, nothing is left out. */
export function address(path: string, params: Params = {}): string {
  const url = new URL(path.replace(/^\//, ""), ROOT);
  for (const [name, value] of Object.entries(params)) {
    if (Array.isArray(value)) for (const one of value) url.searchParams.append(name, one);
    else if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** Raises ApiError, also where the server cannot be reached (status 0). */
export function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return answer<T>(address(path, params), { signal: signal ?? null });
}

export function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return answer<T>(address(path), written("POST", body, signal));
}

export function send<T>(method: "PUT" | "PATCH" | "DELETE", path: string, body: unknown): Promise<T> {
  return answer<T>(address(path), written(method, body));
}

/** Asks an endpoint whose columns of numbers follow its JSON. */
export function postPacked<T>(path: string, body: unknown, read: (packed: Packed) => T): Promise<T> {
  return answer(address(path), written("POST", body), async (response) => read(unpacked(await response.arrayBuffer())));
}

function written(method: string, body: unknown, signal?: AbortSignal): RequestInit {
  const headers = { "content-type": "application/json" };
  return { method, headers, body: JSON.stringify(body), signal: signal ?? null };
}

export interface Part {
  bytes: Uint8Array;
  first: number; // where in the file they begin
  total: number; // bytes of the whole file
}

/** The bytes of a file from `first` on, at most `most`; a negative `first` counts from its end. */
export async function part(url: string, first: number, most: number, signal?: AbortSignal): Promise<Part> {
  const range = first < 0 ? `bytes=${first}` : `bytes=${first}-${first + most - 1}`;
  const response = await asked(url, { headers: { range }, signal: signal ?? null });
  const none = { bytes: new Uint8Array(), first: 0, total: 0 };
  if (response.status === 416) return none; // an empty file has no bytes to ask for
  const bytes = new Uint8Array(await response.arrayBuffer());
  const place = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  return { bytes, first: Number(place?.[1] ?? 0), total: Number(place?.[2] ?? bytes.length) };
}

const KEPT_MS = 5000; // an answer that nobody has wanted by then would be an old one
const begun = new Map<string, Promise<unknown>>(); // by question
let isAhead = false;

/** What `ask` asks for, the next who asks the same will get: so it is on its way before the page that wants it is here. */
export function ahead<T>(ask: () => Promise<T>): Promise<T> {
  isAhead = true;
  try {
    return ask();
  } finally {
    isAhead = false;
  }
}

let whenSignedOut = () => {};

/** `act` is done whenever the server says that nobody, or somebody it does not know, has asked. */
export function onSignedOut(act: () => void): void {
  whenSignedOut = act;
}

function answer<T>(url: string, init: RequestInit, read = (response: Response) => response.json() as Promise<T>): Promise<T> {
  const question = `${url} ${String(init.body ?? "")}`;
  const known = begun.get(question);
  begun.delete(question);
  if (known) return known as Promise<T>;
  const answer = asked(url, init).then(read);
  if (isAhead) {
    begun.set(question, answer);
    const forget = () => begun.delete(question);
    answer.then(() => window.setTimeout(forget, KEPT_MS), forget); // what failed is asked again by who wants it
  }
  return answer;
}

async function asked(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "UNREACHABLE", String(error));
  }
  if (response.ok || response.status === 416) return response;
  if (response.status === 401) whenSignedOut();
  throw refusal(response.status, await response.text());
}

function refusal(status: number, text: string): ApiError {
  try {
    const { error_code, message } = JSON.parse(text) as { error_code: string; message: string };
    return new ApiError(status, error_code, message);
  } catch {
    return new ApiError(status, UNREADABLE, text.slice(0, 200));
  }
}
