/** Some runs side by side, everywhere the same ones. Each way to look at them is a file in compare/. */

import { useMemo, useState } from "preact/hooks";
import { comparison } from "../api/trackline";
import type { Comparison } from "../api/types";
import { COMPARED, comparedRuns, MOST_RUNS, readCompare, runsQuery, type CompareState } from "../calc/compareState";
import { distinct } from "../calc/names";
import { charts } from "../calc/views";
import type { Drawable } from "../charts/ChartCard";
import { Twin } from "../parts/Twin";
import { useLoaded } from "../parts/useLoaded";
import { useLive, usePaced } from "../state/live";
import { link, linkHere, query } from "../state/location";
import { t } from "../state/preferences";
import { useTitle } from "../state/title";
import { Boxes } from "./compare/Boxes";
import { Curves } from "./compare/Curves";
import { Differences } from "./compare/Differences";
import { Images } from "./compare/Images";
import { Legend } from "./compare/Legend";
import { Parallel } from "./compare/Parallel";
import { Contour, Scatter } from "./compare/Scatter";

export interface CompareProps {
  state: CompareState;
  ids: string[]; // of the runs that exist
  runs: Drawable[]; // those of them that are not hidden
  hint: string[]; // runs that have changed just now
  beat: number; // counts changes, every two seconds at most
}

const TABS = {
  curves: Curves,
  parallel: Parallel,
  scatter: Scatter,
  contour: Contour,
  box: Boxes,
  differences: Differences,
  images: Images,
} as const;
const PAUSE_MS = 2000;

export function Compare() {
  const state = readCompare(query.value);
  const asked = comparedRuns(state);
  const [hint, setHint] = useState<string[]>([]);
  const [beat, setBeat] = useState(0);
  const { value, failure } = useLoaded(
    async (stop) => (asked.length ? comparison.read(runsQuery(asked), stop) : null),
    [asked.join(), beat],
  );
  const count = usePaced(() => setBeat((count) => count + 1), PAUSE_MS);
  const key = value?.runs.run_id.join() ?? "";
  useLive(key ? key.split(",").map((id) => `run:${id}`) : [], (topics) => {
    setHint(topics.map((topic) => topic.slice("run:".length)));
    count();
  });
  const names = value?.runs.run_name.join("\n") ?? "";
  const all = useMemo(() => drawables(asked, value), [asked.join(), key, names]);
  const runs = useMemo(() => all.filter((run) => !state.hidden.includes(run.id)), [all, state.hidden.join()]);
  useTitle(asked.length ? t("comparing", { count: asked.length }) : t("compare"));
  if (asked.length === 0) return <Nothing />;
  const Tab = TABS[state.tab];
  return (
    <section class="page">
      <Head runs={value?.runs} asked={asked} />
      {failure && <p class="failure">{failure}</p>}
      {value && <Notices state={state} value={value} />}
      <Legend runs={all} hidden={state.hidden} />
      <nav class="tabs" aria-label={t("ways")}>
        {COMPARED.map((name) => (
          <a
            key={name}
            href={linkHere({ tab: name === "curves" ? null : name })}
            aria-current={name === state.tab ? "page" : undefined}
          >
            {t(`compared_${name}`)}
          </a>
        ))}
      </nav>
      {all.length > 0 && (value || !failure) && <Tab state={state} ids={all.map((run) => run.id)} runs={runs} hint={hint} beat={beat} />}
    </section>
  );
}

/** A run keeps its slot, and so its colour, while others are hidden. Until names are known, all are taken to exist. */
function drawables(asked: string[], found: Comparison | null): Drawable[] {
  if (!found) return asked.map((id, slot) => ({ id, name: id.slice(0, 6), slot }));
  const { runs } = found;
  const names = distinct(runs.run_name, runs.run_id);
  const all = runs.run_id.map((id, at) => ({ id, name: names[at]!, slot: asked.indexOf(id) }));
  return all.filter((run) => run.slot >= 0); // one that was left out just now is among what was found before
}

function Nothing() {
  return (
    <section class="empty">
      <h1>{t("compare")}</h1>
      <p>{t("nothingToCompare")}</p>
      <a class="button" href={link("experiments")}>
        {t("experiments")}
      </a>
    </section>
  );
}

function Head({ runs, asked }: { runs: Comparison["runs"] | undefined; asked: string[] }) {
  const experiments = [...new Set(runs?.experiment_id)];
  return (
    <div class="bar">
      <h1 class="crumbs">
        <a href={experiments.length ? link(`experiments/${experiments.join()}/runs`, charts(query.value)) : link("experiments")}>
          {t("runs")}
        </a>
        <span aria-hidden="true">/</span>
        <span>{t("comparing", { count: runs?.run_id.length ?? asked.length })}</span>
      </h1>
      <span class="space" />
      <Twin href={comparison.twin({ run_id: asked })} />
    </div>
  );
}

function Notices({ state, value }: { state: CompareState; value: Comparison }) {
  const deleted = value.runs.run_name.filter((_, at) => value.runs.lifecycle_stage[at] === "deleted");
  return (
    <>
      {value.missing.length > 0 && (
        <p class="failure" role="status">
          {t("unknownRuns", { count: value.missing.length, ids: value.missing.join(", ") })}
        </p>
      )}
      {deleted.length > 0 && (
        <p class="notice" role="status" dir="auto">
          {t("deletedCompared", { count: deleted.length, names: deleted.join(", ") })}
        </p>
      )}
      {state.runs.length > MOST_RUNS && <p class="notice">{t("firstOfRuns", { shown: MOST_RUNS, total: state.runs.length })}</p>}
    </>
  );
}
