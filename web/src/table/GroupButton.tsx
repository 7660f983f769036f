/** By what runs are put into groups: a param, a tag or what else they may share. */

import { useState } from "preact/hooks";
import { runs } from "../api/trackline";
import type { Field } from "../api/types";
import { sameField, spell } from "../calc/fields";
import { Dialog } from "../parts/Dialog";
import { useLoaded } from "../parts/useLoaded";
import { SearchField } from "../parts/SearchField";
import { t } from "../state/preferences";
import { NAME, STATUS, title, USER } from "./columns";

const MOST = 200; // names in a list; a search finds the others

interface GroupProps {
  experiments: string[];
  group: Field | null;
  change: (group: Field | null) => void;
}

export function GroupButton(props: GroupProps) {
  const [choosing, setChoosing] = useState(false);
  const { group } = props;
  return (
    <>
      <button aria-haspopup="dialog" onClick={() => setChoosing(true)}>
        {group ? t("groupedBy", { name: title(group) }) : t("groupBy")}
      </button>
      {group && (
        <button class="quiet" aria-label={t("noGroups")} title={t("noGroups")} onClick={() => props.change(null)}>
          ×
        </button>
      )}
      {choosing && <Chooser {...props} close={() => setChoosing(false)} />}
    </>
  );
}

function Chooser({ experiments, group, change, close }: GroupProps & { close: () => void }) {
  const [search, setSearch] = useState("");
  const found = useLoaded(
    () => Promise.all((["parameter", "tag"] as const).map((kind) => runs.keys(experiments, kind, search, MOST))),
    [experiments.join(), search],
  );
  const attributes = [USER, STATUS, NAME].filter((field) => title(field).toLowerCase().includes(search.toLowerCase()));
  const choose = (field: Field | null) => {
    change(field);
    close();
  };
  const list = (kind: "attribute" | "parameter" | "tag", fields: Field[]) => (
    <fieldset key={kind}>
      <legend>{t(kind === "attribute" ? "attributes" : `kind_${kind}`)}</legend>
      {fields.map((field) => (
        <button
          key={spell(field)}
          class="quiet choice"
          aria-pressed={group !== null && sameField(group, field)}
          title={field.key}
          onClick={() => choose(field)}
        >
          <span class="cut" dir="auto">
            {title(field)}
          </span>
        </button>
      ))}
      {fields.length === 0 && <p class="none">{t("nothingFound")}</p>}
    </fieldset>
  );
  const keys = (at: number, kind: "parameter" | "tag") => found.value?.[at]?.keys.map(({ key }): Field => ({ kind, key })) ?? [];
  return (
    <Dialog title={t("groupTitle")} close={close}>
      <div class="bar">
        <SearchField label={t("searchColumns")} value={search} change={setSearch} inDialog />
        <button onClick={() => choose(null)}>{t("noGroups")}</button>
      </div>
      <div class="chooser">
        {list("attribute", attributes)}
        {list("parameter", keys(0, "parameter"))}
        {list("tag", keys(1, "tag"))}
      </div>
    </Dialog>
  );
}
