/** What the table lists: runs, a tree of them, or groups, as the address says. */

import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import type { ListRuns } from "../api/types";
import { both, childrenOf, faultyAt } from "../calc/filter";
import { groupQuery } from "../calc/runQueries";
import type { TableState } from "../calc/tableState";
import { told } from "../state/messages";
import { GroupSource } from "./groups";
import { Outline, type Entry, type Level } from "./outline";
import { RowSource } from "./rows";

/** The lines of this search; those of the one before stay in view until the first of the new ones have come. */
export function useRows(asked: ListRuns, state: TableState) {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const [refusal, setRefusal] = useState<string | null>(null);
  const shown = useRef<Outline | null>(null);
  const by = state.group;
  const key = JSON.stringify([asked, by]);
  const next = useMemo(() => {
    const refused = (error: unknown) =>
      setRefusal(error instanceof ApiError && faultyAt(error.message, "") !== null ? error.message : told(error));
    const make = (above: Entry | null, drawn: () => void): Level => {
      if (above === null && by) return new GroupSource(groupQuery(asked, state), by, drawn, refused);
      return new RowSource(above ? below(above, asked) : asked, drawn, refused);
    };
    const outline: Outline = new Outline(make, () => {
      if (shown.current !== outline) shown.current?.close();
      shown.current = outline;
      setRefusal(null);
      draw(0);
    });
    return outline;
  }, [key]);
  useEffect(() => () => (next === shown.current ? undefined : next.close()), [next]);
  const source = shown.current ?? next;
  const opened = state.open.join("\n");
  useMemo(() => source.open(new Set(state.open)), [source, opened]);
  return { source, refusal, refresh: () => source.refresh() };
}

/** What stands below an opened line: a run's children, all of them, or the runs of a group. */
function below(above: Entry, asked: ListRuns): ListRuns {
  if (above.kind === "group") return { ...asked, filter: both(asked.filter ?? "", above.filter) };
  return { ...asked, filter: childrenOf(above.id), search: "", top: false };
}
