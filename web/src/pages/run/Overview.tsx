/** What went into a run and what came out: notes, metrics, params, tags, datasets, models. */

import { NOTE, runs } from "../../api/trackline";
import { versions } from "../../api/registry";
import type { RunPage } from "../../api/types";
import { ROOT } from "../../api/client";
import { Code } from "../../parts/Code";
import { Notes } from "../../parts/Notes";
import { Pairs } from "../../parts/Pairs";
import { isOwn, Tags } from "../../parts/Tags";
import { useLoaded } from "../../parts/useLoaded";
import { link } from "../../state/location";
import { t } from "../../state/preferences";
import type { TabProps } from "../Run";
import { MetricTable } from "./MetricTable";

export function Overview({ run, beat, reload }: TabProps) {
  const id = run.info.run_id;
  const note = run.tags.find((tag) => tag.key === NOTE)?.value ?? "";
  return (
    <div class="overview">
      <Notes title={t("notes")} text={note} save={(text) => runs.tag([id], NOTE, text).then(reload)} />
      <MetricTable run={run} beat={beat} />
      <Pairs title={t("params")} pairs={run.params} />
      <Tags
        tags={run.tags.filter(isOwn)}
        set={(key, value) => runs.tag([id], key, value)}
        remove={(key) => runs.untag(id, key)}
        changed={reload}
      />
      <Models run={run} beat={beat} />
      {run.dataset_inputs.length > 0 && <Datasets run={run} />}
      <LoadRun run={run} />
      <Pairs title={t("systemTags")} pairs={run.tags.filter((tag) => !isOwn(tag) && tag.key !== NOTE)} folded />
    </div>
  );
}

/** Those that the run made, and the versions that were registered of them. */
function Models({ run, beat }: Omit<TabProps, "reload">) {
  const id = run.info.run_id;
  const { value } = useLoaded((stop) => versions.ofRun(id, stop), [id, beat]);
  const made = value ?? [];
  if (!run.models.length && !made.length) return null;
  return (
    <section class="panel">
      <h2>
        {t("models")} <small>{run.models.length + made.length}</small>
      </h2>
      <table class="pairs">
        <tbody>
          {run.models.map(({ model_id, name, step }) => (
            <tr key={model_id}>
              <th scope="row">
                <a href={link(`runs/${id}`, { tab: "artifacts", in: model_id })} dir="auto">
                  {name}
                </a>
              </th>
              <td class="mono">
                {model_id} <small>{t("atStep", { step })}</small>
              </td>
            </tr>
          ))}
          {made.map(({ name, version, current_stage, aliases = [] }) => (
            <tr key={`${name}/${version}`}>
              <th scope="row">
                <a href={link(`models/${encodeURIComponent(name)}/${version}`)} dir="auto">
                  {t("versionOf", { name, version })}
                </a>
              </th>
              <td>{[current_stage !== "None" && current_stage, ...aliases.map((one) => `@${one}`)].filter(Boolean).join(" ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Datasets({ run }: { run: RunPage }) {
  return (
    <section class="panel">
      <h2>
        {t("datasets")} <small>{run.dataset_inputs.length}</small>
      </h2>
      {run.dataset_inputs.map(({ dataset, tags = [] }) => (
        <details key={`${dataset.name} ${dataset.digest}`}>
          <summary dir="auto">
            {dataset.name} <small>{[dataset.digest, ...tags.map((tag) => tag.value)].join(" · ")}</small>
          </summary>
          <pre class="scroll" tabIndex={0}>
            {[`${dataset.source_type}: ${dataset.source}`, dataset.schema, dataset.profile].filter(Boolean).join("\n\n")}
          </pre>
        </details>
      ))}
    </section>
  );
}

function LoadRun({ run: { info, models } }: { run: RunPage }) {
  const id = info.run_id;
  const load = models.map(({ model_id }) => `\nmodel = mlflow.pyfunc.load_model("models:/${model_id}")`).join("");
  const text = `import mlflow

mlflow.set_tracking_uri("${ROOT.href.replace(/\/$/, "")}")
run = mlflow.get_run("${id}")
run.data.params, run.data.metrics
mlflow.artifacts.download_artifacts(run_id="${id}")${load}`;
  return (
    <section class="panel">
      <h2>{t("loadIt")}</h2>
      <Code text={text} />
    </section>
  );
}
