/** A run's files, and those of the models that it made, each of which has a place of its own. */

import { Browser } from "../../artifacts/Browser";
import { query, setQuery } from "../../state/location";
import { t } from "../../state/preferences";
import type { TabProps } from "../Run";

export function Artifacts({ run }: TabProps) {
  const id = run.info.run_id;
  const chosen = run.models.find((one) => one.model_id === query.value.get("in"));
  const owner = chosen ? { model_id: chosen.model_id } : { run_id: id };
  const choose = (model: string | null) => setQuery({ in: model, path: null }, false);
  return (
    <>
      {run.models.length > 0 && (
        <div class="bar" role="group" aria-label={t("whoseFiles")}>
          <button class="quiet" aria-pressed={!chosen} onClick={() => choose(null)}>
            {t("filesOfRun")}
          </button>
          {run.models.map(({ model_id, name }) => (
            <button key={model_id} class="quiet" aria-pressed={chosen?.model_id === model_id} onClick={() => choose(model_id)}>
              {t("filesOfModel", { name })}
            </button>
          ))}
        </div>
      )}
      <Browser key={chosen?.model_id ?? id} owner={owner} empty={t("noFiles")} />
    </>
  );
}
