/** How much room things take, the largest first: experiments, what is in them, and registered models. */

import { useState } from "preact/hooks";
import { server } from "../../api/server";
import type { DiskUsage } from "../../api/types";
import { fileSize } from "../../calc/files";
import { fullTime } from "../../calc/numbers";
import { Icon } from "../../parts/Icon";
import { useLoaded } from "../../parts/useLoaded";
import { link } from "../../state/location";
import { locale, t } from "../../state/preferences";

const COLUMNS = ["runs", "diskMetadata", "diskPoints", "artifacts", "diskTrash"] as const;

export function Disk() {
  const { value, failure } = useLoaded((stop) => server.disk(stop), []);
  return (
    <section class="panel wide">
      <h2>
        {t("disk")} <small>{value && (value.measured ? t("measured", { time: fullTime(value.measured, locale.value) }) : t("notMeasured"))}</small>
      </h2>
      {failure && <p class="failure">{failure}</p>}
      {value && value.experiments.length > 0 && <Experiments experiments={value.experiments} />}
      {value && value.registered_models.length > 0 && <Models models={value.registered_models} />}
    </section>
  );
}

function Experiments({ experiments }: { experiments: DiskUsage["experiments"] }) {
  const [shown, setShown] = useState("");
  return (
    <div class="listed" tabIndex={0} role="region" aria-label={t("disk")}>
      <table class="list">
        <thead>
          <tr>
            <th>{t("experiments")}</th>
            {COLUMNS.map((name) => (
              <th key={name} class="number">
                {t(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {experiments.map((one) => {
            const open = shown === one.experiment_id;
            return [
              <tr key={one.experiment_id}>
                <td>
                  <div class="opening">
                    <button
                      type="button"
                      class="quiet"
                      aria-expanded={open}
                      aria-label={t("diskShow", { name: one.name })}
                      onClick={() => setShown(open ? "" : one.experiment_id)}
                    >
                      <Icon name={open ? "open" : "closed"} />
                    </button>
                    <a href={link(`experiments/${one.experiment_id}/runs`)} dir="auto">
                      {one.name}
                    </a>
                  </div>
                </td>
                <td class="number">{one.runs.toLocaleString(locale.value)}</td>
                <td class="number">{size(one.metadata_bytes)}</td>
                <td class="number">{size(one.points_bytes)}</td>
                <td class="number">{size(one.artifact_bytes)}</td>
                <td class="number">{size(one.trash_bytes)}</td>
              </tr>,
              open && <Within key={`in ${one.experiment_id}`} experiment={one.experiment_id} />,
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The largest runs and logged models of an experiment, as rows below its own. */
function Within({ experiment }: { experiment: string }) {
  const { value, failure } = useLoaded((stop) => server.diskWithin(experiment, stop), [experiment]);
  if (failure || (value && value.runs.length + value.models.length === 0)) {
    return (
      <tr>
        <td colSpan={COLUMNS.length + 1} class={failure ? "failure" : "muted"}>
          {failure ?? t("diskNothing")}
        </td>
      </tr>
    );
  }
  return (
    <>
      {value?.runs.map((run) => (
        <tr key={run.run_id} class="within">
          <td>
            <a href={link(`runs/${run.run_id}`)} dir="auto">
              {run.run_name}
            </a>
          </td>
          <td />
          <td class="number">{size(run.metadata_bytes)}</td>
          <td class="number">{size(run.points_bytes)}</td>
          <td class="number">{size(run.artifact_bytes)}</td>
          <td class="number">{run.lifecycle_stage === "deleted" && t("diskTrash")}</td>
        </tr>
      ))}
      {value?.models.map((model) => (
        <tr key={model.model_id} class="within">
          <td dir="auto">
            {model.name} <small class="muted">{model.model_id}</small>
          </td>
          <td colSpan={3} />
          <td class="number">{size(model.artifact_bytes)}</td>
          <td class="number">{model.lifecycle_stage === "deleted" && t("diskTrash")}</td>
        </tr>
      ))}
    </>
  );
}

function Models({ models }: { models: DiskUsage["registered_models"] }) {
  return (
    <div class="listed" tabIndex={0} role="region" aria-label={t("diskModels")}>
      <table class="list">
        <thead>
          <tr>
            <th>{t("diskModels")}</th>
            <th class="number">{t("versions")}</th>
            <th class="number">{t("artifacts")}</th>
          </tr>
        </thead>
        <tbody>
          {models.map((one) => (
            <tr key={one.name}>
              <td>
                <a href={link(`models/${encodeURIComponent(one.name)}`)} dir="auto">
                  {one.name}
                </a>
              </td>
              <td class="number">{one.versions.toLocaleString(locale.value)}</td>
              <td class="number">{size(one.artifact_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Bytes for people; nothing where they were not counted yet. */
function size(bytes: number | null): string {
  return bytes === null ? "" : fileSize(bytes, locale.value);
}
