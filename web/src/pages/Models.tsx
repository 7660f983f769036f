/** All registered models: what they are called, and which version stands where. */

import { useEffect, useState } from "preact/hooks";
import { registry } from "../api/registry";
import type { RegisteredModel } from "../api/types";
import { ago, fullTime } from "../calc/numbers";
import { filterOf, plainBeginning } from "../calc/registry";
import { ROOT } from "../api/client";
import { Ask } from "../parts/Dialog";
import { Code } from "../parts/Code";
import { Stage } from "../parts/Stage";
import { Twin } from "../parts/Twin";
import { useLoaded } from "../parts/useLoaded";
import { SearchField } from "../parts/SearchField";
import { useLive } from "../state/live";
import { go, link, query, setQuery } from "../state/location";
import { attempt } from "../state/messages";
import { locale, t } from "../state/preferences";
import { useTitle } from "../state/title";

export function Models() {
  const search = query.value.get("search") ?? "";
  const filter = query.value.get("filter") ?? "";
  const whole = filterOf(search, filter);
  const { value, failure, reload } = useLoaded((stop) => registry.search(whole, null, stop), [whole]);
  const [more, setMore] = useState<{ models: RegisteredModel[]; token: string | undefined }>({ models: [], token: undefined });
  const [creating, setCreating] = useState(false);
  useEffect(() => setMore({ models: [], token: value?.next_page_token }), [value]);
  useLive(["registry"], reload);
  useTitle(t("models"));
  const models = [...(value?.registered_models ?? []), ...more.models];
  const next = async () => {
    const page = await registry.search(whole, more.token ?? null);
    setMore({ models: [...more.models, ...(page.registered_models ?? [])], token: page.next_page_token });
  };
  return (
    <section class="page">
      <div class="bar">
        <h1>{t("models")}</h1>
        <SearchField label={t("searchModels")} value={search} change={(text) => setQuery({ search: text || null })} />
        <form class="growing" onSubmit={applyFilter}>
          <input
            key={filter}
            name="filter"
            placeholder={t("filterModels")}
            aria-label={t("filter")}
            defaultValue={filter}
            aria-invalid={failure !== null}
          />
        </form>
        <Twin href={registry.twin(whole)} />
        <button class="primary" onClick={() => setCreating(true)}>
          {t("newModel")}
        </button>
      </div>
      {failure && <p class="failure">{failure}</p>}
      {value && models.length === 0 && (whole ? <p class="none">{t("nothingFound")}</p> : <Welcome />)}
      {models.length > 0 && <List models={models} />}
      {more.token && (
        <div class="bar">
          <button onClick={() => void attempt(next)}>{t("more")}</button>
        </div>
      )}
      {creating && (
        <Ask
          title={t("newModel")}
          fields={[
            { name: "name", label: t("name") },
            { name: "description", label: t("description"), long: true, optional: true },
          ]}
          action={t("create")}
          act={async ({ name = "", description = "" }) => {
            await registry.create(name, description);
            go(`models/${encodeURIComponent(name)}`);
          }}
          close={() => setCreating(false)}
        />
      )}
    </section>
  );
}

function applyFilter(event: SubmitEvent) {
  event.preventDefault();
  const written = new FormData(event.currentTarget as HTMLFormElement).get("filter");
  setQuery({ filter: String(written) || null }, false);
}

function Welcome() {
  const text = `import mlflow

mlflow.set_tracking_uri("${ROOT.href.replace(/\/$/, "")}")

with mlflow.start_run():
    mlflow.sklearn.log_model(model, name="model", registered_model_name="my-model")`;
  return (
    <div class="welcome">
      <h2>{t("welcomeModels")}</h2>
      <p>{t("welcomeModelsText")}</p>
      <Code text={text} />
    </div>
  );
}

function List({ models }: { models: RegisteredModel[] }) {
  return (
    <div class="listed" tabIndex={0} role="region" aria-label={t("models")}>
      <table class="list">
        <thead>
          <tr>
            <th>{t("name")}</th>
            <th>{t("latestVersions")}</th>
            <th>{t("aliases")}</th>
            <th>{t("tags")}</th>
            <th>{t("changed")}</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <Row key={model.name} model={model} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ model }: { model: RegisteredModel }) {
  const { name, description, latest_versions = [], aliases = [], tags = [] } = model;
  const of = (version: string) => link(`models/${encodeURIComponent(name)}/${version}`);
  return (
    <tr>
      <td class="named">
        <a href={link(`models/${encodeURIComponent(name)}`)} dir="auto">
          {name}
        </a>
        {description && (
          <small class="cut" title={description} dir="auto">
            {plainBeginning(description)}
          </small>
        )}
      </td>
      <td>
        <ul class="chips">
          {latest_versions.map(({ version, current_stage }) => (
            <li key={version} class="plain">
              <a href={of(version)}>{t("versionNumber", { version })}</a> <Stage stage={current_stage} />
            </li>
          ))}
        </ul>
      </td>
      <td>
        <ul class="chips">
          {aliases.map(({ alias, version }) => (
            <li key={alias} class="plain">
              <a href={of(version)}>
                @{alias} → {version}
              </a>
            </li>
          ))}
        </ul>
      </td>
      <td>
        <ul class="chips">
          {tags.slice(0, 4).map(({ key, value }) => (
            <li key={key} class="plain" title={`${key}: ${value}`}>
              <span class="cut" dir="auto">
                {key}
                {value && `: ${value}`}
              </span>
            </li>
          ))}
          {tags.length > 4 && <li class="plain">+{tags.length - 4}</li>}
        </ul>
      </td>
      <td class="when" title={fullTime(model.last_updated_timestamp, locale.value)}>{ago(model.last_updated_timestamp, Date.now(), locale.value)}</td>
    </tr>
  );
}
