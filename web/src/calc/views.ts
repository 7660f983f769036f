/** Saved views: what of an address is kept under a name, and how it becomes an address again. */

import type { SavedView } from "../api/types";
import { readView, writeView } from "./chartState";

export const PLAIN = "plain"; // the parameter that says: nothing was chosen, and no view is to be
const VIEW = "view"; // the parameter that names the view
const OF_NOW = [VIEW, PLAIN, "open", "from", "to"]; // of this moment, or of these runs

type Changes = Record<string, string | string[] | null>;

/** What is kept of an address. */
export function keptOf(query: URLSearchParams): string {
  const kept = new URLSearchParams(query);
  for (const name of OF_NOW) kept.delete(name);
  return kept.toString();
}

/** The parameters of the address that shows a view; instead of `before`. */
export function shownAs(name: string, query: string, before: URLSearchParams): Changes {
  const kept = new URLSearchParams(query);
  const all: Changes = Object.fromEntries([...before.keys()].map((one) => [one, null]));
  for (const one of kept.keys()) all[one] = kept.getAll(one);
  return { ...all, [VIEW]: name };
}

/** The one that is shown where nothing is chosen. */
export function defaultOf(views: SavedView[]): SavedView | undefined {
  return views.find((view) => view.is_default);
}

export function nameOf(query: URLSearchParams): string {
  return query.get(VIEW) ?? "";
}

/** Those parameters that say how curves are drawn, for the pages that draw them. */
export function charts(query: URLSearchParams): Record<string, string | null> {
  return writeView({ ...readView(query), range: null });
}
