/** What can be done with one version: another stage, an alias, an end. */

import { useState } from "preact/hooks";
import { registry, STAGES, versions } from "../../api/registry";
import type { ModelVersion } from "../../api/types";
import { Ask } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { Menu } from "../../parts/Menu";
import { t } from "../../state/preferences";

interface Props {
  version: ModelVersion;
  changed: () => void;
  deleted?: () => void;
}

export function VersionMenu({ version: one, changed, deleted = changed }: Props) {
  const [asked, setAsked] = useState<"stage" | "alias" | "delete" | null>(null);
  const { name, version } = one;
  const close = () => setAsked(null);
  const title = t("versionOf", { name, version });
  const move = ({ stage = "None", archive }: Record<string, string>) =>
    versions.transition(name, version, stage, archive === "yes" && (stage === "Production" || stage === "Staging"));
  return (
    <>
      <Menu
        label={t("actionsOn", { name: title })}
        items={[
          { label: t("changeStage"), act: () => setAsked("stage") },
          { label: t("setAlias"), act: () => setAsked("alias") },
          { label: t("delete"), act: () => setAsked("delete"), danger: true },
        ]}
      >
        <Icon name="more" />
      </Menu>
      {asked === "stage" && (
        <Ask
          title={`${t("changeStage")}: ${title}`}
          fields={[
            { name: "stage", label: t("stage"), value: one.current_stage, choices: STAGES.map((value) => ({ value, label: value })) },
            {
              name: "archive",
              label: t("othersThere"),
              value: "no",
              choices: [
                { value: "no", label: t("leaveThem") },
                { value: "yes", label: t("archiveThem") },
              ],
            },
          ]}
          action={t("save")}
          act={(values) => move(values).then(changed)}
          close={close}
        />
      )}
      {asked === "alias" && (
        <Ask
          title={`${t("setAlias")}: ${title}`}
          text={t("aliasMoves")}
          fields={[{ name: "alias", label: t("alias") }]}
          action={t("save")}
          act={({ alias = "" }) => registry.alias(name, alias, version).then(changed)}
          close={close}
        />
      )}
      {asked === "delete" && (
        <Ask
          title={t("deleteVersion", { name: title })}
          text={t("deleteVersionText")}
          fields={[]}
          action={t("delete")}
          danger
          act={() => versions.remove(name, version).then(deleted)}
          close={close}
        />
      )}
    </>
  );
}
