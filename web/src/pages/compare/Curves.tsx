/** The curves of all runs, a chart for each metric. */

import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { comparison } from "../../api/trackline";
import type { Field } from "../../api/types";
import { isMeasured, spell } from "../../calc/fields";
import { metricsQuery } from "../../calc/compareState";
import { isSystem } from "../../calc/curves";
import { ChartBar, useView } from "../../charts/ChartBar";
import { ChartGroups } from "../../charts/ChartGroups";
import type { Drawable } from "../../charts/ChartCard";
import { CurveFeed } from "../../charts/CurveFeed";
import { Swatch } from "../../charts/Swatch";
import { useLoaded } from "../../parts/useLoaded";
import { SearchField } from "../../parts/SearchField";
import { query, setQuery } from "../../state/location";
import { attempt } from "../../state/messages";
import { t } from "../../state/preferences";
import type { CompareProps } from "../Compare";
import { column, useCells } from "./cells";
import { FieldButton, FieldChooser, nameOf } from "./FieldChooser";

export function Curves({ state, ids, runs, hint, beat }: CompareProps) {
  const { view, change, zoom } = useView();
  const { keys, more, failure } = useKeys(state.metrics, ids, beat);
  const feed = useMemo(
    () => new CurveFeed(ids, view, (error) => void attempt(() => Promise.reject(error))),
    [ids.join(), view.x, view.against, view.range?.from, view.range?.to],
  );
  useEffect(() => {
    if (hint.length) void feed.refresh(hint.filter((id) => ids.includes(id)));
  }, [hint, feed]);
  const shown = useGroups(view.band, ids, runs, beat);
  useLayoutEffect(() => keys && feed.begin(keys), [feed, keys]);
  return (
    <>
      <Chosen metrics={state.metrics} ids={ids} />
      <div class="bar options">
        <ChartBar keys={keys ?? []} view={view} change={change} zoom={zoom} />
        <FieldButton
          label={t("bandBy")}
          field={view.band}
          choose={(band) => change({ band })}
          ids={ids}
          kinds={["parameter", "tag"]}
          clearable
        />
      </div>
      {view.band && <Groups shown={shown} />}
      {failure && <p class="failure">{failure}</p>}
      {keys?.length === 0 && <p class="none">{t("nothingFound")}</p>}
      <ChartGroups keys={keys ?? []} closed={isSystem} feed={feed} shown={shown} view={view} zoom={zoom} />
      {more && <p class="none">{t("moreNames")}</p>}
    </>
  );
}

/** The runs, or a line for each value that `band` has among them. */
function useGroups(band: Field | null, ids: string[], runs: Drawable[], beat: number): Drawable[] {
  const { value } = useCells(ids, band ? [band] : [], beat);
  return useMemo(() => {
    if (!band || !value) return runs;
    const cells = column(value, band, runs);
    return [...Map.groupBy(runs, (_, at) => cells[at] ?? null)].map(([cell, members], slot) => ({
      id: String(cell),
      name: `${nameOf(band)}: ${cell ?? t("none")} (${members.length})`,
      slot,
      members: members.map((run) => run.id),
    }));
  }, [band && spell(band), value, runs]);
}

function Groups({ shown }: { shown: Drawable[] }) {
  return (
    <ul class="chips">
      {shown.map(({ id, name, slot }) => (
        <li key={id} class="plain" title={name}>
          <Swatch slot={slot} />
          <span class="cut" dir="auto">
            {name}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The metrics chosen, or all that the search finds. */
function useKeys(chosen: string[], ids: string[], beat: number) {
  const search = query.value.get("search") ?? "";
  const { value, failure } = useLoaded(
    async (stop) => (chosen.length ? null : comparison.read(metricsQuery(ids, search), stop)),
    [ids.join(), search, chosen.length === 0, beat],
  );
  const found = value?.fields.filter(isMeasured).map((field) => field.key);
  const name = (chosen.length ? chosen : found)?.join("\n");
  const keys = useMemo(() => (chosen.length ? chosen : found), [name]);
  return { keys, more: !chosen.length && Boolean(value?.more.includes("metric")), failure };
}

function Chosen({ metrics, ids }: { metrics: string[]; ids: string[] }) {
  const [open, setOpen] = useState(false);
  const choose = (keys: string[]) => setQuery({ metric: keys.length ? keys : null });
  return (
    <div class="bar">
      {metrics.length === 0 && (
        <SearchField
          label={t("searchMetrics")}
          value={query.value.get("search") ?? ""}
          change={(text) => setQuery({ search: text || null })}
        />
      )}
      <button onClick={() => setOpen(true)}>{t("chooseMetrics")}</button>
      {metrics.length > 0 && (
        <>
          <span class="none">{t("chosen", { count: metrics.length })}</span>
          <button class="quiet" onClick={() => choose([])}>
            {t("showAll")}
          </button>
        </>
      )}
      {open && (
        <FieldChooser
          title={t("chooseMetrics")}
          ids={ids}
          kinds={["metric"]}
          chosen={metrics.map((key) => ({ kind: "metric" as const, key }))}
          choose={(fields) => choose(fields.map((field) => field.key))}
          lastOnly
          close={() => setOpen(false)}
        />
      )}
    </div>
  );
}
