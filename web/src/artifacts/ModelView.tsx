/** A model's folder: what goes in and out, what it needs, and the lines that load it from here. */

import type { Owner } from "../api/artifacts";
import { artifacts } from "../api/artifacts";
import { ROOT } from "../api/client";
import { modelFile, type Column, type ModelFile } from "../calc/mlmodel";
import { Code } from "../parts/Code";
import { PairTable } from "../parts/Pairs";
import { useLoaded } from "../parts/useLoaded";
import { t } from "../state/preferences";

const MOST = 1024 * 1024; // bytes of a file

export function ModelView({ owner, folder }: { owner: Owner; folder: string }) {
  const { value, failure } = useLoaded((stop) => readModel(owner, folder, stop), [JSON.stringify(owner), folder]);
  if (!value) return failure ? <p class="failure">{failure}</p> : null;
  const { model, requirements } = value;
  return (
    <div class="model">
      <h3>{t("loadIt")}</h3>
      <Code text={loading(owner, folder)} />
      <Signature model={model} />
      <h3>{t("flavors")}</h3>
      <PairTable pairs={model.flavors.map(({ name, version }) => ({ key: name, value: version }))} />
      {requirements && (
        <>
          <h3>{t("requirements")}</h3>
          <Code text={requirements.trim()} />
        </>
      )}
      <PairTable pairs={model.facts.map(([key, value]) => ({ key, value }))} />
    </div>
  );
}

export async function readModel(owner: Owner, folder: string, stop: AbortSignal) {
  const text = async (name: string) => {
    const { bytes } = await artifacts.part(owner, folder ? `${folder}/${name}` : name, 0, MOST, stop);
    return new TextDecoder().decode(bytes);
  };
  const { load } = await import("js-yaml");
  const model: ModelFile = modelFile(load(await text("MLmodel")));
  return { model, requirements: await text("requirements.txt").catch(() => "") };
}

export function Signature({ model: { signature } }: { model: ModelFile }) {
  if (!signature) return <p class="none">{t("noSignature")}</p>;
  const part = (title: string, columns: Column[]) =>
    columns.length > 0 && (
      <>
        <h3>
          {title} <small>{columns.length}</small>
        </h3>
        <PairTable pairs={columns.map(typed)} />
      </>
    );
  return (
    <>
      {part(t("inputs"), signature.inputs)}
      {part(t("outputs"), signature.outputs)}
      {part(t("params"), signature.params)}
    </>
  );
}

function typed({ name, type, required }: Column) {
  return { key: name, value: required ? type : `${type} (${t("optional")})` };
}

/** `folder` is below the owner's top. */
export function modelUri(owner: Owner, folder: string): string {
  const below = folder && `/${folder}`;
  if ("run_id" in owner) return `runs:/${owner.run_id}${below}`;
  if ("model_id" in owner) return `models:/${owner.model_id}${below}`;
  return `models:/${owner.name}/${owner.version}${below}`;
}

function loading(owner: Owner, folder: string): string {
  return `import mlflow

mlflow.set_tracking_uri("${ROOT.href.replace(/\/$/, "")}")
model = mlflow.pyfunc.load_model(${JSON.stringify(modelUri(owner, folder))})
model.predict(data)`;
}
