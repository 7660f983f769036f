/** Which columns stand in the table: searched among all names that the runs use, however many those are. */

import { useState } from "preact/hooks";
import { runs } from "../api/trackline";
import type { Field } from "../api/types";
import { isMeasured, sameField, spell } from "../calc/fields";
import type { Column } from "../calc/tableState";
import { Dialog } from "../parts/Dialog";
import { useLoaded } from "../parts/useLoaded";
import { SearchField } from "../parts/SearchField";
import { t } from "../state/preferences";
import { ATTRIBUTES, title } from "./columns";

const MOST = 200; // names in a list; a search finds the others

interface ChooserProps {
  experiments: string[];
  columns: Column[];
  change: (columns: Column[] | null) => void;
  close: () => void;
}

const KINDS = ["metric", "parameter", "tag"] as const;

export function ColumnChooser({ experiments, columns, change, close }: ChooserProps) {
  const [search, setSearch] = useState("");
  const found = useLoaded(
    () => Promise.all(KINDS.map((kind) => runs.keys(experiments, kind, search, MOST))),
    [experiments.join(), search],
  );
  const toggle = (field: Field) => {
    const without = columns.filter((one) => !same(one.field, field));
    change(without.length < columns.length ? without : [...columns, { field, pinned: false }]);
  };
  const attributes = ATTRIBUTES.filter((field) => title(field).toLowerCase().includes(search.toLowerCase()));
  const entry = (field: Field, used?: string) => (
    <label key={spell(field)} class="check" title={field.key}>
      <input type="checkbox" checked={columns.some((one) => same(one.field, field))} onChange={() => toggle(field)} />
      <span class="cut" dir="auto">
        {title(field)}
      </span>
      {used && <small>{used}</small>}
    </label>
  );
  return (
    <Dialog title={t("columns")} close={close}>
      <div class="bar">
        <SearchField label={t("searchColumns")} value={search} change={setSearch} inDialog />
        <button onClick={() => change(null)}>{t("tellingColumns")}</button>
        <button onClick={() => change([])}>{t("noColumns")}</button>
      </div>
      <div class="chooser">
        <fieldset>
          <legend>{t("attributes")}</legend>
          {attributes.map((field) => entry(field))}
        </fieldset>
        {KINDS.map((kind, at) => {
          const list = found.value?.[at];
          return (
            <fieldset key={kind}>
              <legend>{t(`kind_${kind}`)}</legend>
              {list?.keys.map(({ key, runs }) => entry({ kind, key }, t("usedIn", { runs, of: list.of_runs })))}
              {list?.keys.length === 0 && <p class="none">{t("nothingFound")}</p>}
              {list?.more && <p class="none">{t("moreNames")}</p>}
            </fieldset>
          );
        })}
      </div>
    </Dialog>
  );
}

/** A metric is one entry, whichever of its values the column shows. */
function same(one: Field, other: Field): boolean {
  return sameField(one, other) || (one.key === other.key && isMeasured(one) && isMeasured(other));
}
