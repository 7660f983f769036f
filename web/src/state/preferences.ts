/** What a person has chosen on this browser: language and theme. */

import { computed, effect, signal } from "@preact/signals";
import { en } from "../calc/words/en";
import { es } from "../calc/words/es";
import { fill, type Words } from "../calc/words/fill";

export type Language = "en" | "es";
export type Theme = "system" | "light" | "dark";

export const LANGUAGES: Record<Language, string> = { en: "English", es: "Español" };
const CATALOGUES: Record<Language, Words> = { en, es };

export const language = signal<Language>(read("language", ["en", "es"]) ?? preferred());
export const theme = signal<Theme>(read("theme", ["system", "light", "dark"]) ?? "system");
/** For numbers and dates: the browser's own variant of the language, where it has one. */
export const locale = computed(() => navigator.languages.find((one) => one.startsWith(language.value)) ?? language.value);

/** The words for `name` in the language of now, with `{places}` filled. */
export function t(name: keyof Words, values: Record<string, string | number> = {}): string {
  return fill(CATALOGUES[language.value][name], values, locale.value);
}

effect(() => {
  document.documentElement.lang = language.value;
  write("language", language.value);
});
effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  write("theme", theme.value);
});

function preferred(): Language {
  return navigator.language.startsWith("es") ? "es" : "en";
}

function read<T extends string>(name: string, allowed: T[]): T | null {
  try {
    return allowed.find((one) => one === localStorage.getItem(`trackline.${name}`)) ?? null;
  } catch {
    return null; // a sandboxed frame has no storage
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`trackline.${name}`, value);
  } catch {
    /* nothing is kept there: the choice lasts as long as the page */
  }
}
