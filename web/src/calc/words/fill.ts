/** Words with places to fill: `{name}`, and `{count|one run|# runs}`, which chooses by number. */

import type { en } from "./en";

export type Words = Record<keyof typeof en, string>;

export function fill(text: string, values: Record<string, string | number>, locale: string): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const value = values[name] ?? "";
    const shown = typeof value === "number" ? value.toLocaleString(locale) : value;
    if (one === undefined || many === undefined) return shown;
    return (value === 1 ? one : many).replace("#", shown);
  });
}
