/** Something asked of the server: what came last stays while it is asked again. */

import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { told } from "../state/messages";

export interface Loaded<T> {
  value: T | null;
  failure: string | null;
  reload: () => void;
}

/** Asks when the component comes and whenever `on` changes; answers to older questions are dropped. */
export function useLoaded<T>(ask: (signal: AbortSignal) => Promise<T>, on: unknown[]): Loaded<T> {
  const [state, setState] = useState<{ value: T | null; failure: string | null }>({ value: null, failure: null });
  const asking = useRef<AbortController | null>(null);
  const latest = useRef(ask);
  latest.current = ask;
  const reload = useCallback(() => {
    asking.current?.abort();
    const now = (asking.current = new AbortController());
    latest.current(now.signal).then(
      (value) => now.signal.aborted || setState({ value, failure: null }),
      (error: unknown) => now.signal.aborted || setState((old) => ({ ...old, failure: told(error) })),
    );
  }, []);
  useLayoutEffect(() => {
    reload(); // not only after what is there was painted
    return () => asking.current?.abort();
  }, on);
  return { ...state, reload };
}
