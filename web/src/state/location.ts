/** The address is the state: signals that follow it, and the ways to change it. */

import { computed, signal } from "@preact/signals";
import { ROOT } from "../api/client";
import { hereNow } from "./address";

const here = signal(hereNow());

/** Below the root, without slashes at the ends: `experiments/1/runs`. */
export const path = computed(() => here.value.pathname.slice(ROOT.pathname.length).replace(/\/+$/, ""));
export const query = computed(() => here.value.searchParams);

window.addEventListener("popstate", () => (here.value = hereNow()));

export type Changes = Record<string, string | string[] | null>;

/** The address of a page, absolute. */
export function link(to: string, parameters: Changes = {}): string {
  const url = new URL(to.replace(/^\//, ""), ROOT);
  change(url, parameters);
  return url.href;
}

/** This address with other parameters, for links. */
export function linkHere(parameters: Changes): string {
  const url = new URL(here.value);
  change(url, parameters);
  return url.href;
}

export function go(to: string, parameters: Changes = {}): void {
  show(new URL(link(to, parameters)), false);
}

/** Change parameters of this address. `replace`: without a new entry to go back to. */
export function setQuery(parameters: Changes, replace = true): void {
  const url = new URL(here.value);
  change(url, parameters);
  show(url, replace);
}

/** Links of our own change the page without loading it; with a modifier key they open as links do. */
export function followLinks(event: MouseEvent): void {
  const anchor = (event.target as Element).closest("a");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!anchor?.href || anchor.target || anchor.hasAttribute("download") || !plain || event.defaultPrevented) return;
  const url = new URL(anchor.href);
  if (url.origin !== ROOT.origin || !url.pathname.startsWith(ROOT.pathname)) return;
  event.preventDefault();
  show(url, false);
  window.scrollTo(0, 0);
}

function change(url: URL, parameters: Changes): void {
  for (const [name, value] of Object.entries(parameters)) {
    url.searchParams.delete(name);
    for (const one of Array.isArray(value) ? value : value === null ? [] : [value]) url.searchParams.append(name, one);
  }
}

function show(url: URL, replace: boolean): void {
  if (url.href === here.value.href) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
  here.value = url;
}
