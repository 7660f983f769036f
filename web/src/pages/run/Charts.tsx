/** A run's metrics as charts; all share one axis, one cursor and one stretch that is zoomed to. */

import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { runs } from "../../api/trackline";
import { isSystem, SYSTEM } from "../../calc/curves";
import { MOST_METRICS } from "../../calc/runQueries";
import { ChartBar, useView } from "../../charts/ChartBar";
import { ChartGroups } from "../../charts/ChartGroups";
import { CurveFeed } from "../../charts/CurveFeed";
import { useLoaded } from "../../parts/useLoaded";
import { SearchField } from "../../parts/SearchField";
import { query, setQuery } from "../../state/location";
import { attempt } from "../../state/messages";
import { t } from "../../state/preferences";
import type { TabProps } from "../Run";

export function Charts(props: TabProps) {
  const search = query.value.get("search") ?? "";
  const { id, keys, ...found } = useKeys(props, search);
  const own = keys?.filter((key) => !isSystem(key));
  return (
    <>
      <div class="bar">
        <SearchField label={t("searchMetrics")} value={search} change={(text) => setQuery({ search: text || null })} />
      </div>
      {found.failure && <p class="failure">{found.failure}</p>}
      {own?.length === 0 && <p class="none">{t(search ? "nothingFound" : "none")}</p>}
      {own && own.length > 0 && <Curves id={id} beat={props.beat} keys={own} />}
      {keys && found.total > keys.length && (
        <p class="none">{t("firstOf", { shown: keys.length, total: found.total })}</p>
      )}
    </>
  );
}

/** What the client measured of its machine. */
export function System(props: TabProps) {
  const { id, keys, failure } = useKeys(props, SYSTEM);
  const own = keys?.filter(isSystem);
  if (failure) return <p class="failure">{failure}</p>;
  if (own?.length === 0) {
    return (
      <div class="empty">
        <p>{t("noSystem")}</p>
        <pre tabIndex={0}>mlflow.enable_system_metrics_logging()</pre>
      </div>
    );
  }
  return own ? <Curves id={id} beat={props.beat} keys={own} /> : null;
}

function useKeys({ run }: TabProps, search: string) {
  const id = run.info.run_id;
  const { value, failure } = useLoaded((stop) => runs.metrics(id, search, "", MOST_METRICS, stop), [id, search, run.metrics]);
  return { id, keys: value?.key, total: value?.total ?? 0, failure };
}

function Curves({ id, beat, keys }: { id: string; beat: number; keys: string[] }) {
  const { view, change, zoom } = useView();
  const feed = useMemo(
    () => new CurveFeed([id], view, (error) => void attempt(() => Promise.reject(error))),
    [id, view.x, view.against, view.range?.from, view.range?.to],
  );
  useLayoutEffect(() => feed.begin(keys), [feed, keys]);
  useEffect(() => {
    if (beat) void feed.refresh();
  }, [beat, feed]);
  const drawn = useMemo(() => [{ id, name: t("value"), slot: 0 }], [id, t("value")]);
  return (
    <>
      <div class="bar options">
        <ChartBar keys={keys} view={view} change={change} zoom={zoom} />
      </div>
      <ChartGroups keys={keys} feed={feed} shown={drawn} view={view} zoom={zoom} />
    </>
  );
}
