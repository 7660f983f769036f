/** One version of a model: where it stands, what it was made of, what it holds and what was done to it. */

import { useState } from "preact/hooks";
import { versions, type Lineage } from "../api/registry";
import type { PageProps } from "../routes";
import { Browser } from "../artifacts/Browser";
import { readModel, Signature } from "../artifacts/ModelView";
import { fullTime, shortNumber } from "../calc/numbers";
import { ROOT } from "../api/client";
import { Code } from "../parts/Code";
import { Notes } from "../parts/Notes";
import { Pairs } from "../parts/Pairs";
import { Stage } from "../parts/Stage";
import { Tags } from "../parts/Tags";
import { Twin } from "../parts/Twin";
import { useLoaded } from "../parts/useLoaded";
import { Unread } from "../parts/Unread";
import { useLive } from "../state/live";
import { go, link, query } from "../state/location";
import { locale, t } from "../state/preferences";
import { useTitle } from "../state/title";
import { History } from "./model/History";
import { VersionMenu } from "./model/VersionMenu";

export function ModelVersionPage({ parts }: PageProps) {
  const [name = "", version = ""] = parts;
  const { value, failure, reload } = useLoaded((stop) => versions.lineage(name, version, stop), [name, version]);
  const [beat, setBeat] = useState(0);
  const changed = () => {
    reload();
    setBeat((count) => count + 1);
  };
  useLive(["registry"], changed);
  useTitle(t("versionOf", { name, version }));
  if (!value) return failure ? <Unread failure={failure} onwards="models" /> : null;
  const here = `models/${encodeURIComponent(name)}/${version}`;
  const files = query.value.get("tab") === "artifacts";
  const tab = (text: string, to: string | null, current: boolean) => (
    <a href={link(here, { tab: to })} aria-current={current ? "page" : undefined}>
      {text}
    </a>
  );
  return (
    <section class="page">
      {failure && <p class="failure">{failure}</p>}
      <Head lineage={value} changed={changed} />
      <nav class="tabs" aria-label={t("tabs")}>
        {tab(t("tab_overview"), null, !files)}
        {tab(t("tab_artifacts"), "artifacts", files)}
      </nav>
      {files ? (
        <Browser owner={{ name, version }} empty={t("noFiles")} />
      ) : (
        <Overview lineage={value} beat={beat} changed={changed} />
      )}
    </section>
  );
}

function Head({ lineage: { model_version: one, run }, changed }: { lineage: Lineage; changed: () => void }) {
  const { name, version, aliases = [], run_id } = one;
  const model = `models/${encodeURIComponent(name)}`;
  const facts: [string, string][] = [
    [t("made"), fullTime(one.creation_timestamp, locale.value)],
    [t("changed"), fullTime(one.last_updated_timestamp, locale.value)],
    [t("source"), one.source],
  ];
  return (
    <>
      <div class="bar">
        <h1 class="crumbs">
          <a href={link("models")}>{t("models")}</a>
          <span aria-hidden="true">/</span>
          <a class="cut" href={link(model)} title={name} dir="auto">
            {name}
          </a>
          <span aria-hidden="true">/</span>
          <span>{t("versionNumber", { version })}</span>
        </h1>
        <Stage stage={one.current_stage} />
        {aliases.map((alias) => (
          <span key={alias} class="stage">
            @{alias}
          </span>
        ))}
        <VersionMenu version={one} changed={changed} deleted={() => go(model)} />
        <span class="space" />
        <Twin href={versions.twin(name, version)} />
      </div>
      <dl class="facts">
        {run_id && (
          <div>
            <dt>{t("run")}</dt>
            <dd class="cut">
              <a href={link(`runs/${run_id}`)} dir="auto">
                {run?.info.run_name ?? run_id}
              </a>
            </dd>
          </div>
        )}
        {facts.map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd class="cut" title={value} dir="auto">
              {value}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Overview({ lineage, beat, changed }: { lineage: Lineage; beat: number; changed: () => void }) {
  const { model_version: one, run, logged_model } = lineage;
  const { name, version } = one;
  const own = logged_model?.data.metrics ?? [];
  const isOwn = (one: { key: string; value: unknown }) => own.some(({ key, value }) => key === one.key && value === one.value);
  const metrics = [...own, ...(run?.data.metrics ?? []).filter((one) => !isOwn(one))]; // clients of MLflow 3 log them to both
  const params = [...(run?.data.params ?? []), ...(logged_model?.data.params ?? [])];
  const datasets = run?.inputs.dataset_inputs ?? [];
  return (
    <div class="overview">
      <Notes
        title={t("description")}
        text={one.description ?? ""}
        save={(text) => versions.describe(name, version, text).then(changed)}
      />
      <Use name={name} version={version} alias={one.aliases?.[0]} />
      <Signed name={name} version={version} />
      <Pairs title={t("metrics")} pairs={metrics.map(({ key, value }) => ({ key, value: shortNumber(value, locale.value), full: String(value) }))} />
      <Pairs title={t("params")} pairs={params} />
      {datasets.length > 0 && (
        <Pairs title={t("datasets")} pairs={datasets.map(({ dataset }) => ({ key: dataset.name, value: dataset.digest }))} />
      )}
      <Tags
        tags={one.tags ?? []}
        set={(key, value) => versions.tag(name, version, key, value)}
        remove={(key) => versions.untag(name, version, key)}
        changed={changed}
      />
      <History name={name} version={version} beat={beat} />
    </div>
  );
}

function Use({ name, version, alias }: { name: string; version: string; alias: string | undefined }) {
  const reference = alias ? `@${alias}` : `/${version}`;
  const text = `import mlflow

mlflow.set_tracking_uri("${ROOT.href.replace(/\/$/, "")}")
model = mlflow.pyfunc.load_model(${JSON.stringify(`models:/${name}${reference}`)})`;
  return (
    <section class="panel">
      <div class="bar">
        <h2>{t("loadIt")}</h2>
        <span class="space" />
        <a class="button" href={versions.tar(name, `/${version}`)} download>
          {t("downloadTar")}
        </a>
      </div>
      <Code text={text} />
      <Code text={`curl -fO '${versions.tar(name, reference)}'`} />
    </section>
  );
}

function Signed({ name, version }: { name: string; version: string }) {
  const { value, failure } = useLoaded((stop) => readModel({ name, version }, "", stop), [name, version]);
  return (
    <section class="panel">
      <h2>{t("signature")}</h2>
      {value && <Signature model={value.model} />}
      {failure && <p class="none wrap">{failure}</p>}
    </section>
  );
}
