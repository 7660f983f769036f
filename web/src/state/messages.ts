/** What a person is told in passing: that something was done, or why it was not. */

import { signal } from "@preact/signals";
import { ApiError, UNREADABLE } from "../api/client";
import { refused } from "../calc/words/refusals";
import { language, t } from "./preferences";

export interface Message {
  id: number;
  text: string;
  failed: boolean;
  undo?: (() => void) | undefined;
}

const SHOWN_MS = 8000;
let next = 1;

export const messages = signal<Message[]>([]);
/** The dialogs that are open, the uppermost last. */
export const dialogs = signal<string[]>([]);

export function say(text: string, undo?: () => void): void {
  add({ id: next++, text, failed: false, undo });
}

/** Run `work`; where it fails, say why. Returns whether it was done. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    add({ id: next++, text: told(error), failed: true });
    return false;
  }
}

/** The server's own sentence where there is one. */
export function told(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return t("unreachable");
  if (error.status === 401) return t("sessionEnded"); // the server's sentence is for programs
  if (error.code === UNREADABLE) return t("unreadableAnswer", { status: error.status });
  return refused(language.value, error.code, error.message);
}

export function dismiss(id: number): void {
  messages.value = messages.value.filter((message) => message.id !== id);
}

function add(message: Message): void {
  messages.value = [...messages.value.slice(-3), message];
  window.setTimeout(() => dismiss(message.id), SHOWN_MS);
}
