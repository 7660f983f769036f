/** Keys of the whole page: `/` goes to the search, `?` shows what there is, and what the page in front adds. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export const helpShown = signal(false);

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

/** While the component is there, these keys do this; not while something is written, nor with Ctrl, Alt or Meta. */
export function useKeys(map: KeyMap): void {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || isWriting(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act(event);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

export function focusSearch(): void {
  document.querySelector<HTMLInputElement>("[data-search]")?.focus();
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"));
}
