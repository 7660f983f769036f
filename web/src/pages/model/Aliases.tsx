/** The aliases of a model: which version each means now, and the way back to the one before. */

import { useState } from "preact/hooks";
import { registry } from "../../api/registry";
import type { RegisteredModel } from "../../api/types";
import { Ask } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { Menu } from "../../parts/Menu";
import { link } from "../../state/location";
import { attempt, say } from "../../state/messages";
import { t } from "../../state/preferences";

export function Aliases({ model, changed }: { model: RegisteredModel; changed: () => void }) {
  const [asked, setAsked] = useState<{ alias: string; version: string } | null>(null);
  const { name, aliases = [] } = model;
  const then = (work: () => Promise<unknown>) => void attempt(work).then((done) => done && changed());
  const rollBack = (alias: string) =>
    then(async () => {
      const { model_version } = await registry.rollBack(name, alias);
      say(t("rolledBack", { alias, version: model_version.version }));
    });
  const remove = (alias: string, version: string) =>
    then(async () => {
      await registry.unalias(name, alias);
      say(t("aliasDeleted", { alias }), () => then(() => registry.alias(name, alias, version)));
    });
  return (
    <section class="panel">
      <div class="bar">
        <h2>
          {t("aliases")} <small>{aliases.length}</small>
        </h2>
        <span class="space" />
        <button onClick={() => setAsked({ alias: "", version: "" })}>{t("setAlias")}</button>
      </div>
      {aliases.length === 0 && <p class="none">{t("none")}</p>}
      <table class="pairs">
        <tbody>
          {aliases.map(({ alias, version }) => (
            <tr key={alias}>
              <th scope="row">@{alias}</th>
              <td>
                <a href={link(`models/${encodeURIComponent(name)}/${version}`)}>{t("versionNumber", { version })}</a>
              </td>
              <td class="acting">
                <Menu
                  label={t("actionsOn", { name: `@${alias}` })}
                  items={[
                    { label: t("moveAlias"), act: () => setAsked({ alias, version }) },
                    { label: t("rollBack"), act: () => rollBack(alias) },
                    { label: t("delete"), act: () => remove(alias, version), danger: true },
                  ]}
                >
                  <Icon name="more" />
                </Menu>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked && (
        <Ask
          title={t(asked.alias ? "moveAlias" : "setAlias")}
          fields={[
            { name: "alias", label: t("alias"), value: asked.alias },
            { name: "version", label: t("version"), value: asked.version },
          ]}
          action={t("save")}
          act={({ alias = "", version = "" }) => registry.alias(name, alias, version).then(changed)}
          close={() => setAsked(null)}
        />
      )}
    </section>
  );
}
