/** Above the table of runs: where we are, the plain-text search, columns, exports. */

import { useEffect, useRef, useState } from "preact/hooks";
import { runs } from "../api/trackline";
import type { ListRuns, SavedView } from "../api/types";
import { groupQuery } from "../calc/runQueries";
import type { Column, TableState } from "../calc/tableState";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import type { Loaded } from "../parts/useLoaded";
import { SearchField } from "../parts/SearchField";
import { link } from "../state/location";
import { attempt } from "../state/messages";
import { t } from "../state/preferences";
import { ColumnChooser } from "./ColumnChooser";
import { exportParquet, exportText } from "./exporting";
import { GroupButton } from "./GroupButton";
import { ViewsButton } from "./ViewsButton";

interface RunsBarProps {
  ids: string[];
  names: string[];
  state: TableState;
  query: ListRuns;
  columns: Column[];
  change: (to: Partial<TableState>, replace?: boolean) => void;
  total: number | null;
  views: Loaded<SavedView[]>;
}

const APPLY_MS = 250; // after the last key

export function RunsBar({ ids, names, state, query, columns, change, total, views }: RunsBarProps) {
  const [choosing, setChoosing] = useState(false);
  const [search, setSearch] = useState(state.search);
  const timer = useRef(0);
  useEffect(() => setSearch(state.search), [state.search]);
  const write = (text: string) => {
    setSearch(text);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => change({ search: text.trim() }), APPLY_MS);
  };
  const name = names.join(", ");
  const all = { ...query, top: false, family: false };
  const twin = state.group ? runs.twinOfGroups(groupQuery(query, state)) : runs.twin(query);
  return (
    <>
      <div class="bar">
        <h1 class="crumbs">
          <a href={link("experiments")}>{t("experiments")}</a>
          <span aria-hidden="true">/</span>
          <span class="cut" title={name} dir="auto">
            {name}
          </span>
        </h1>
        {total !== null && (
          <span class="count" role="status">
            {t(state.group ? "countGroups" : query.top ? "countTop" : "countRuns", { count: total })}
          </span>
        )}
        <span class="space" />
        <Menu
          class="button"
          label={t("export")}
          items={[
            { label: t("exportCsv"), act: () => exportText(all, "csv") },
            { label: t("exportJson"), act: () => exportText(all, "json") },
            { label: t("exportParquet"), act: () => void attempt(() => exportParquet(all)) },
            { label: t("jsonTwin"), act: () => window.open(twin, "_blank", "noreferrer") },
          ]}
        >
          {t("export")}
        </Menu>
        {ids.length === 1 && <ViewsButton experiment={ids[0]!} views={views} />}
        <button onClick={() => setChoosing(true)}>
          <Icon name="columns" />
          {t("columns")}
        </button>
      </div>
      <div class="bar">
        <SearchField label={t("searchRuns")} value={search} change={write} />
        <label class="check">
          <input
            type="checkbox"
            checked={state.differing}
            onChange={(event) => change({ differing: event.currentTarget.checked })}
          />
          {t("differing")}
        </label>
        <label class="check">
          <input type="checkbox" checked={state.trash} onChange={(event) => change({ trash: event.currentTarget.checked })} />
          {t("trash")}
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={state.tree}
            onChange={(event) => change({ tree: event.currentTarget.checked, open: [] }, false)}
          />
          {t("tree")}
        </label>
        <GroupButton
          experiments={ids}
          group={state.group}
          change={(group) => change({ group, open: [] }, false)}
        />
      </div>
      {choosing && (
        <ColumnChooser
          experiments={ids}
          columns={columns}
          change={(chosen) => change({ columns: chosen })}
          close={() => setChoosing(false)}
        />
      )}
    </>
  );
}
