/** What can be done with the checked runs; they stay checked while the table is sorted, filtered and paged. */

import { useState } from "preact/hooks";
import { runs } from "../api/trackline";
import type { ListRuns } from "../api/types";
import { Ask } from "../parts/Dialog";
import { attempt, say } from "../state/messages";
import { t } from "../state/preferences";
import { MOST } from "./exporting";
import { allRows } from "./rows";

const AT_ONCE = 1000; // runs in one request

interface SelectionBarProps {
  selected: ReadonlySet<string>;
  query: ListRuns;
  total: number | null; // null: not known, or not what a search finds
  trash: boolean;
  compare: () => void;
  choose: (ids: ReadonlySet<string>) => void;
  done: () => void;
}

export function SelectionBar({ selected, query, total, trash, compare, choose, done }: SelectionBarProps) {
  const [tagging, setTagging] = useState(false);
  const count = selected.size;
  const ids = [...selected];
  const each = async (work: (some: string[]) => Promise<unknown>) => {
    for (let at = 0; at < ids.length; at += AT_ONCE) await work(ids.slice(at, at + AT_ONCE));
    done();
  };
  const all = async () => {
    const found = new Set<string>();
    await allRows({ ...query, columns: [] }, MOST, (table) => table.runs.run_id.forEach((id) => found.add(id)));
    choose(found);
  };
  const restore = () => attempt(() => each(runs.restore));
  const remove = () =>
    attempt(async () => {
      await each(runs.remove);
      choose(new Set());
      say(t("deletedRuns", { count }), () => void restore());
    });
  return (
    <div class="bar selection" role="region" aria-label={t("selection")}>
      <strong role="status">{t("checked", { count })}</strong>
      {total !== null && count < total && <button onClick={() => void attempt(all)}>{t("checkAll", { count: total })}</button>}
      <button onClick={() => choose(new Set())}>{t("checkNone")}</button>
      <span class="space" />
      <button class="primary" onClick={compare}>
        {t("compare")}
      </button>
      {trash ? (
        <button onClick={() => void restore().then((ok) => ok && choose(new Set()))}>{t("restore")}</button>
      ) : (
        <>
          <button onClick={() => setTagging(true)}>{t("setTag")}</button>
          <button class="danger" onClick={() => void remove()}>
            {t("delete")}
          </button>
        </>
      )}
      {tagging && (
        <Ask
          title={t("setTag")}
          fields={[
            { name: "key", label: t("name") },
            { name: "value", label: t("value"), optional: true },
          ]}
          action={t("save")}
          act={({ key = "", value = "" }) => each((some) => runs.tag(some, key, value))}
          close={() => setTagging(false)}
        />
      )}
    </div>
  );
}
