/** What can be done with the checked runs; they stay checked while the table is sorted, filtered and paged. */

import { useState } from "preact/hooks";
import { experiments, runs } from "../api/trackline";
import type { ListRuns } from "../api/types";
import { Ask } from "../parts/Dialog";
import { useLoaded } from "../parts/useLoaded";
import { attempt, say, told } from "../state/messages";
import { t } from "../state/preferences";
import { allRows } from "./rows";

const AT_ONCE = 1000; // runs in one request, of which all or none are changed
const MOST = 200_000; // runs that can be checked

interface SelectionBarProps {
  selected: ReadonlySet<string>;
  query: ListRuns;
  total: number | null; // null: not known, or not what a search finds
  trash: boolean;
  compare: () => void;
  choose: (ids: ReadonlySet<string>) => void;
  done: () => void;
}

interface Progress {
  done: number;
  of: number;
}

export function SelectionBar({ selected, query, total, trash, compare, choose, done }: SelectionBarProps) {
  const [asking, setAsking] = useState<"tag" | "move" | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const count = selected.size;
  const ids = [...selected];
  /** Batch after batch; where one fails, what was done before it stays so, and is said. */
  const each = async (work: (some: string[]) => Promise<unknown>) => {
    let at = 0;
    try {
      for (; at < ids.length; at += AT_ONCE) {
        if (ids.length > AT_ONCE) setProgress({ done: at, of: ids.length });
        await work(ids.slice(at, at + AT_ONCE));
      }
    } catch (error) {
      if (at > 0) throw new Error(t("doneUpTo", { done: at, of: ids.length, reason: told(error) }));
      throw error;
    } finally {
      setProgress(null);
      done();
    }
  };
  const all = async () => {
    const found = new Set<string>();
    const of = total ?? 0;
    try {
      await allRows({ ...query, columns: [], family: false }, MOST, (table) => {
        table.runs.run_id.forEach((id) => found.add(id));
        setProgress({ done: found.size, of });
      });
      choose(found);
      if (found.size < of) say(t("onlyChecked", { count: found.size, of }));
    } finally {
      setProgress(null);
    }
  };
  const restore = () => attempt(() => each(runs.restore));
  const remove = () =>
    attempt(async () => {
      await each(runs.remove);
      choose(new Set());
      say(t("deletedRuns", { count }), () => void restore());
    });
  const move = async (experiment: string) => {
    await each((some) => runs.move(some, experiment));
    choose(new Set());
    say(t("movedRuns", { count }));
  };
  return (
    <div class="bar selection" role="region" aria-label={t("selection")}>
      <strong role="status">{t("checked", { count })}</strong>
      {total !== null && count < total && <button onClick={() => void attempt(all)}>{t("checkAll", { count: total })}</button>}
      <button onClick={() => choose(new Set())}>{t("checkNone")}</button>
      {progress && (
        <label class="check">
          <progress value={progress.done} max={progress.of} />
          {t("progress", { done: progress.done, of: progress.of })}
        </label>
      )}
      <span class="space" />
      <button class="primary" onClick={compare}>
        {t("compare")}
      </button>
      {trash ? (
        <button disabled={progress !== null} onClick={() => void restore().then((ok) => ok && choose(new Set()))}>
          {t("restore")}
        </button>
      ) : (
        <>
          <button disabled={progress !== null} onClick={() => setAsking("tag")}>
            {t("setTag")}
          </button>
          <button disabled={progress !== null} onClick={() => setAsking("move")}>
            {t("moveRuns")}
          </button>
          <button class="danger" disabled={progress !== null} onClick={() => void remove()}>
            {t("delete")}
          </button>
        </>
      )}
      {asking === "tag" && (
        <Ask
          title={t("setTag")}
          fields={[
            { name: "key", label: t("name") },
            { name: "value", label: t("value"), optional: true },
          ]}
          action={t("save")}
          act={({ key = "", value = "" }) => each((some) => runs.tag(some, key, value))}
          close={() => setAsking(null)}
        />
      )}
      {asking === "move" && <Move count={count} from={query.experiment_id} move={move} close={() => setAsking(null)} />}
    </div>
  );
}

interface MoveProps {
  count: number;
  from: string[];
  move: (experiment: string) => Promise<unknown>;
  close: () => void;
}

function Move({ count, from, move, close }: MoveProps) {
  const found = useLoaded((stop) => experiments.list(stop), []);
  if (!found.value) return null;
  const others = found.value.experiments.filter((one) => one.lifecycle_stage === "active" && from.join() !== one.experiment_id);
  const choices = others.map((one) => ({ value: one.experiment_id, label: one.name }));
  return (
    <Ask
      title={t("moveRuns")}
      text={t("moveText", { count })}
      fields={[{ name: "experiment", label: t("experiment"), choices }]}
      action={t("move")}
      act={({ experiment = "" }) => move(experiment)}
      close={close}
    />
  );
}
