/** What has changed on the server, as it happens: by server-sent events, by asking now and then where those fail. */

import { address, get } from "./client";
import type { LiveHint } from "./types";

export type LiveState = "live" | "paused" | "polling" | "lost";

const POLL_MS = 5000;
const SILENT_MS = 40_000; // the server says something every 15 s
const OPEN_WITHIN_MS = 4000; // a proxy that buffers shows nothing at all
const AGAIN_MS = 10_000; // where the stream was refused; what only broke off, the browser opens anew itself

export interface Feed {
  close(): void;
}

/** Calls `changed` with those of `topics` that a hint is about, and `state` whenever the way of hearing changes. */
export function listen(topics: string[], changed: (topics: string[]) => void, state: (now: LiveState) => void): Feed {
  let source: EventSource | null = null;
  let poll = 0;
  let watch = 0;
  let again = 0;
  const begin = () => {
    source = new EventSource(address("api/trackline/live", { topics: topics.join(",") }));
    if (!poll) watch = window.setTimeout(fallBack, OPEN_WITHIN_MS);
    source.addEventListener("alive", heard);
    source.addEventListener("message", (event) => {
      heard();
      const hint = JSON.parse(event.data as string) as LiveHint;
      if (hint.topics.length) changed(hint.topics);
    });
    source.addEventListener("error", () => {
      if (!poll) state("lost");
      if (source?.readyState === EventSource.CLOSED) again = window.setTimeout(begin, AGAIN_MS);
    });
  };
  const heard = () => {
    window.clearTimeout(watch);
    window.clearInterval(poll);
    poll = 0;
    watch = window.setTimeout(fallBack, SILENT_MS);
    state("live");
  };
  const fallBack = () => {
    if (poll) return;
    poll = window.setInterval(() => void ask(), POLL_MS);
    void ask();
  };
  /** Whether the server answers at all is asked first: hints may be lost where answers are not. */
  const ask = async () => {
    const answers = await get("api/trackline/me").then(
      () => true,
      () => false,
    );
    if (!poll) return; // heard, or closed, meanwhile
    state(answers ? "polling" : "lost");
    if (answers) changed(topics);
  };
  begin();
  return {
    close() {
      source?.close();
      window.clearTimeout(watch);
      window.clearInterval(poll);
      window.clearTimeout(again);
      poll = 0;
    },
  };
}
