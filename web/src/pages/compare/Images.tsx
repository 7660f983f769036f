/** Images of the runs side by side: those of one name, at one step. */

import { useMemo } from "preact/hooks";
import { artifacts, type Entry } from "../../api/artifacts";
import { ApiError } from "../../api/client";
import { imageSeries, isImage, pictureAt, type ImageSeries } from "../../calc/imageSeries";
import type { Drawable } from "../../charts/ChartCard";
import { Swatch } from "../../charts/Swatch";
import { useLoaded } from "../../parts/useLoaded";
import { query, setQuery } from "../../state/location";
import { locale, t } from "../../state/preferences";
import type { CompareProps } from "../Compare";

const FOLDERS = 40; // of one run that are looked into
const AT_ONCE = 4; // runs

export function Images({ ids, runs, beat }: CompareProps) {
  const { value, failure } = useLoaded((stop) => allImages(ids, stop), [ids.join(), beat]);
  const series = useMemo(() => new Map([...(value ?? [])].map(([id, paths]) => [id, imageSeries(paths)])), [value]);
  const names = [...new Set(runs.flatMap((run) => [...(series.get(run.id)?.keys() ?? [])]))].sort();
  const asked = query.value.get("image");
  const name = names.find((one) => one === asked) ?? names[0];
  if (failure) return <p class="failure">{failure}</p>;
  if (!value) return null;
  if (!name) {
    return (
      <div class="empty">
        <p>{t("noImages")}</p>
        <pre tabIndex={0}>mlflow.log_image(image, key="sample", step=step)</pre>
      </div>
    );
  }
  return <Side names={names} name={name} series={series} runs={runs} />;
}

interface SideProps {
  names: string[];
  name: string;
  series: Map<string, ImageSeries>;
  runs: Drawable[];
}

function Side({ names, name, series, runs }: SideProps) {
  const pictures = (run: Drawable) => series.get(run.id)?.get(name) ?? [];
  const all = runs.flatMap((run) => pictures(run).flatMap((one) => one.step ?? []));
  const steps = [...new Set(all)].sort((one, other) => one - other);
  const asked = Number(query.value.get("at") ?? NaN);
  const last = steps.length - 1;
  const at = Number.isFinite(asked) ? Math.max(0, steps.findLastIndex((step) => step <= asked)) : last;
  const step = steps[at] ?? 0;
  return (
    <>
      <div class="bar">
        <label class="check">
          {t("imagesOf")}
          <select value={name} onChange={(event) => setQuery({ image: event.currentTarget.value, at: null })}>
            {names.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        {steps.length > 1 && (
          <label class="check steps">
            {t("step")}
            <input
              type="range"
              min="0"
              max={last}
              step="1"
              value={at}
              aria-valuetext={String(step)}
              onInput={(event) => setQuery({ at: String(steps[Number(event.currentTarget.value)]) })}
            />
            <output class="number">{step.toLocaleString(locale.value)}</output>
          </label>
        )}
      </div>
      <div class="pictures">
        {runs.map((run) => {
          const picture = pictureAt(pictures(run), step);
          const url = picture && artifacts.file({ run_id: run.id }, picture.path);
          return (
            <figure key={run.id} class="card">
              <figcaption>
                <Swatch slot={run.slot} />
                <span class="cut" title={run.name} dir="auto">
                  {run.name}
                </span>
                {picture?.step != null && picture.step !== step && <small>{`${t("step")} ${picture.step}`}</small>}
              </figcaption>
              {url ? <img src={url} alt={`${run.name}: ${picture.path}`} /> : <p class="none">{t("missing")}</p>}
            </figure>
          );
        })}
      </div>
    </>
  );
}

/** The paths of the images of each run; a few runs at a time, so that the server has a hand free for others. */
async function allImages(ids: string[], stop: AbortSignal): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const waiting = [...ids];
  const work = async () => {
    for (let id = waiting.shift(); id; id = waiting.shift()) found.set(id, await imagesOf(id, stop));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

/** None where the run does not exist. */
async function imagesOf(id: string, stop: AbortSignal): Promise<string[]> {
  const paths: string[] = [];
  const folders = [""];
  for (let seen = 0; seen < FOLDERS && folders.length; seen++) {
    for (const { path, is_dir } of await folder(id, folders.shift()!, stop)) {
      if (is_dir) folders.push(path);
      else if (isImage(path)) paths.push(path);
    }
  }
  return paths;
}

function folder(id: string, path: string, stop: AbortSignal): Promise<Entry[]> {
  return artifacts.folder({ run_id: id }, path, stop).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  });
}
