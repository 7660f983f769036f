/** A run's metrics: a list that the server searches and that makes only the rows in view, sparklines included. */

import { useMemo, useEffect, useReducer, useRef, useState } from "preact/hooks";
import { Sparkline } from "../../charts/Sparkline";
import { CurveFeed } from "../../charts/CurveFeed";
import { runs } from "../../api/trackline";
import type { MetricColumns, RunPage } from "../../api/types";
import { PLAIN } from "../../calc/chartState";
import { fullTime, shortNumber, type CellValue } from "../../calc/numbers";
import { MOST_METRICS } from "../../calc/runQueries";
import { useLoaded } from "../../parts/useLoaded";
import { SearchField } from "../../parts/SearchField";
import { link } from "../../state/location";
import { attempt } from "../../state/messages";
import { locale, t } from "../../state/preferences";
import { useVirtual } from "../../table/virtual";

const ROW = 32; // px
const HEIGHT = 13 * ROW;

export function MetricTable({ run, beat }: { run: RunPage; beat: number }) {
  const [search, setSearch] = useState("");
  const id = run.info.run_id;
  const { value, failure } = useLoaded((stop) => runs.metrics(id, search, "", MOST_METRICS, stop), [id, search, beat]);
  const feed = useMemo(() => new CurveFeed([id], PLAIN, (error) => void attempt(() => Promise.reject(error))), [id]);
  useEffect(() => {
    if (beat) void feed.refresh();
  }, [beat, feed]);
  return (
    <section class="panel wide">
      <div class="bar">
        <h2>
          {t("metrics")} <small>{run.metrics.toLocaleString(locale.value)}</small>
        </h2>
        <span class="space" />
        <SearchField label={t("searchMetrics")} value={search} change={setSearch} />
      </div>
      {failure && <p class="failure">{failure}</p>}
      {value && value.key.length === 0 && <p class="none">{t(search ? "nothingFound" : "none")}</p>}
      {value && value.key.length > 0 && <List id={id} metrics={value} feed={feed} />}
      {value && value.total > value.key.length && (
        <p class="none">{t("firstOf", { shown: value.key.length, total: value.total })}</p>
      )}
    </section>
  );
}

const HEADS = ["name", "curve", "last", "min", "max", "step", "points"] as const;

function List({ id, metrics, feed }: { id: string; metrics: MetricColumns; feed: CurveFeed }) {
  const box = useRef<HTMLDivElement>(null);
  const view = useVirtual(box, { count: metrics.key.length, size: () => ROW, before: ROW });
  return (
    <div
      class="grid metrics"
      ref={box}
      role="grid"
      tabIndex={0}
      aria-label={t("metrics")}
      aria-rowcount={metrics.total + 1}
      style={{ height: `${Math.min(HEIGHT, (metrics.key.length + 1) * ROW + 2)}px` }}
    >
      <div class="inner" role="rowgroup" style={{ height: `${view.total}px` }}>
        <div class="row head" role="row">
          {HEADS.map((name) => (
            <span key={name} role="columnheader" class={name === "name" || name === "curve" ? "" : "number"}>
              {t(name)}
            </span>
          ))}
        </div>
        {view.items.map(({ index, start }) => (
          <Line key={metrics.key[index]} id={id} metrics={metrics} at={index} top={start} feed={feed} />
        ))}
      </div>
    </div>
  );
}

interface LineProps {
  id: string;
  metrics: MetricColumns;
  at: number;
  top: number;
  feed: CurveFeed;
}

function Line({ id, metrics, at, top, feed }: LineProps) {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const key = metrics.key[at] ?? "";
  useEffect(() => feed.watch(key, () => draw(0)), [key, feed]);
  const number = (value: CellValue | undefined) => (
    <span role="gridcell" class="number" title={value === null ? "" : String(value)}>
      {shortNumber(value ?? null, locale.value)}
    </span>
  );
  return (
    <div class="row" role="row" style={{ transform: `translateY(${top}px)` }}>
      <span role="gridcell" class="name">
        <a
          class="cut"
          href={link(`runs/${id}`, { tab: "charts", search: key })}
          title={`${key}\n${fullTime(metrics.timestamp[at], locale.value)}`}
          dir="auto"
        >
          {key}
        </a>
      </span>
      <span role="gridcell">
        <Sparkline values={feed.curves(key)?.[0]?.values ?? []} />
      </span>
      {number(metrics.value[at])}
      {number(metrics.min_value[at])}
      {number(metrics.max_value[at])}
      {number(metrics.step[at])}
      {number(metrics.points[at])}
    </div>
  );
}
