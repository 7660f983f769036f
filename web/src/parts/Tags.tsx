/** Tags as chips, to be set and deleted. */

import { useState } from "preact/hooks";
import type { Tag } from "../api/types";
import { attempt } from "../state/messages";
import { t } from "../state/preferences";
import { Ask } from "./Dialog";

/** Whether people wrote it; clients write those that begin with `mlflow.` for themselves. */
export function isOwn({ key }: Tag): boolean {
  return !key.startsWith("mlflow.");
}

interface TagsProps {
  tags: Tag[];
  set: (key: string, value: string) => Promise<unknown>;
  remove: (key: string) => Promise<unknown>;
  changed: () => void;
}

export function Tags({ tags, set, remove, changed }: TagsProps) {
  const [adding, setAdding] = useState(false);
  return (
    <section class="panel">
      <div class="bar">
        <h2>
          {t("tags")} <small>{tags.length}</small>
        </h2>
        <span class="space" />
        <button onClick={() => setAdding(true)}>{t("setTag")}</button>
      </div>
      <ul class="chips">
        {tags.map(({ key, value }) => (
          <li key={key} title={`${key}: ${value}`}>
            <span class="cut" dir="auto">
              {key}
              {value && `: ${value}`}
            </span>
            <button
              class="quiet"
              aria-label={t("deleteTag", { key })}
              onClick={() => void attempt(() => remove(key)).then((done) => done && changed())}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      {tags.length === 0 && <p class="none">{t("none")}</p>}
      {adding && (
        <Ask
          title={t("setTag")}
          fields={[
            { name: "key", label: t("name") },
            { name: "value", label: t("value"), optional: true },
          ]}
          action={t("save")}
          act={({ key = "", value = "" }) => set(key, value).then(changed)}
          close={() => setAdding(false)}
        />
      )}
    </section>
  );
}
