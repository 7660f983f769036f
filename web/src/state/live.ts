/** Whether the page in front hears of changes, and a hook that keeps it informed. */

import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { listen, type LiveState } from "../api/live";

/** null: this page has nothing that changes. */
export const liveState = signal<LiveState | null>(null);
export const paused = signal(false);
const hidden = signal(document.hidden);
document.addEventListener("visibilitychange", () => (hidden.value = document.hidden));

/** Calls `changed` on hints about `topics`, and once with all of them after a pause. A hidden tab is paused. */
export function useLive(topics: string[], changed: (topics: string[]) => void): void {
  const latest = useRef(changed);
  latest.current = changed;
  const name = topics.join(",");
  useEffect(() => {
    if (!name) return;
    let missed = false;
    const stop = effect(() => {
      if (paused.value || hidden.value) {
        missed = true;
        liveState.value = "paused";
        return;
      }
      if (missed) latest.current(name.split(","));
      let lost = false;
      const feed = listen(
        name.split(","),
        (topics) => latest.current(topics),
        (state) => {
          if (lost && state === "live") latest.current(name.split(","));
          lost = state === "lost";
          liveState.value = state;
        },
      );
      return () => feed.close();
    });
    return () => {
      stop();
      liveState.value = null;
    };
  }, [name]);
}

/** `act`, at most once in `pause` ms: at once, and at the end of the pause when it was called meanwhile. */
export function usePaced(act: () => void, pause: number): () => void {
  const latest = useRef(act);
  latest.current = act;
  const timer = useRef(0);
  const waiting = useRef(false);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const begin = () => {
    waiting.current = false;
    latest.current();
    timer.current = window.setTimeout(() => {
      timer.current = 0;
      if (waiting.current) begin();
    }, pause);
  };
  return () => {
    if (timer.current) waiting.current = true;
    else begin();
  };
}
