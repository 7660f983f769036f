/** A registered model: its versions, which of them has which alias, and all that was done to it. */

import { useState } from "preact/hooks";
import { registry } from "../api/registry";
import type { RegisteredModel } from "../api/types";
import type { PageProps } from "../routes";
import { Ask } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { Notes } from "../parts/Notes";
import { Tags } from "../parts/Tags";
import { Twin } from "../parts/Twin";
import { useLoaded } from "../parts/useLoaded";
import { Unread } from "../parts/Unread";
import { useLive } from "../state/live";
import { go, link, query } from "../state/location";
import { t } from "../state/preferences";
import { useTitle } from "../state/title";
import { Aliases } from "./model/Aliases";
import { Comparison } from "./model/Comparison";
import { History } from "./model/History";
import { Versions } from "./model/Versions";

export function Model({ parts }: PageProps) {
  const name = parts[0] ?? "";
  const { value: model, failure, reload } = useLoaded((stop) => registry.get(name, stop), [name]);
  const [beat, setBeat] = useState(0);
  const changed = () => {
    reload();
    setBeat((count) => count + 1);
  };
  useLive(["registry"], changed);
  useTitle(name);
  if (!model) return failure ? <Unread failure={failure} onwards="models" /> : null;
  const compared = query.value.getAll("compare");
  return (
    <section class="page">
      {failure && <p class="failure">{failure}</p>}
      <Head model={model} changed={changed} />
      {compared.length > 1 ? (
        <Comparison name={name} versions={compared} beat={beat} />
      ) : (
        <div class="overview">
          <Notes title={t("description")} text={model.description ?? ""} save={(text) => registry.describe(name, text).then(changed)} />
          <Versions model={model} beat={beat} changed={changed} />
          <Aliases model={model} changed={changed} />
          <Tags
            tags={model.tags ?? []}
            set={(key, value) => registry.tag(name, key, value)}
            remove={(key) => registry.untag(name, key)}
            changed={changed}
          />
          <History name={name} version={null} beat={beat} />
        </div>
      )}
    </section>
  );
}

function Head({ model, changed }: { model: RegisteredModel; changed: () => void }) {
  const [asked, setAsked] = useState<"rename" | "delete" | null>(null);
  const { name } = model;
  const rename = async (wanted: string) => {
    await registry.rename(name, wanted);
    go(`models/${encodeURIComponent(wanted)}`);
    changed();
  };
  const remove = async () => {
    await registry.remove(name);
    go("models");
  };
  return (
    <>
      <div class="bar">
        <h1 class="crumbs">
          <a href={link("models")}>{t("models")}</a>
          <span aria-hidden="true">/</span>
          <a class="cut" href={link(`models/${encodeURIComponent(name)}`)} title={name} dir="auto">
            {name}
          </a>
        </h1>
        <Menu
          label={t("actionsOn", { name })}
          items={[
            { label: t("rename"), act: () => setAsked("rename") },
            { label: t("delete"), act: () => setAsked("delete"), danger: true },
          ]}
        >
          <Icon name="more" />
        </Menu>
        <span class="space" />
        <Twin href={registry.twinOf(name)} />
      </div>
      {asked === "rename" && (
        <Ask
          title={t("rename")}
          fields={[{ name: "value", label: t("name"), value: name }]}
          action={t("save")}
          act={({ value = "" }) => rename(value)}
          close={() => setAsked(null)}
        />
      )}
      {asked === "delete" && (
        <Ask
          title={t("deleteModel", { name })}
          text={t("deleteModelText")}
          fields={[]}
          action={t("delete")}
          danger
          act={remove}
          close={() => setAsked(null)}
        />
      )}
    </>
  );
}
