/** Which params, metrics or tags of the compared runs are shown: searched on the server, however many there are. */

import { useState } from "preact/hooks";
import { comparison } from "../../api/trackline";
import type { CompareRuns, Field } from "../../api/types";
import { isMeasured, MEASURES, sameField, spell } from "../../calc/fields";
import { Dialog } from "../../parts/Dialog";
import { useLoaded } from "../../parts/useLoaded";
import { SearchField } from "../../parts/SearchField";
import { t } from "../../state/preferences";

const MOST = 200; // names of each kind; a search finds the others

export type FieldGroup = "metric" | "parameter" | "tag";
type Measure = NonNullable<CompareRuns["measure"]>;

interface FieldChooserProps {
  title: string;
  ids: string[];
  kinds: FieldGroup[];
  chosen: Field[];
  choose: (fields: Field[]) => void;
  single?: boolean; // one at a time; choosing closes
  lastOnly?: boolean; // metrics by their last value
  close: () => void;
}

export function FieldChooser({ title, ids, kinds, chosen, choose, single, lastOnly, close }: FieldChooserProps) {
  const [search, setSearch] = useState("");
  const [measure, setMeasure] = useState<Measure>("metric");
  const found = useLoaded(
    (stop) => comparison.read({ run_id: ids, search, measure, max_results: MOST }, stop),
    [ids.join(), search, measure],
  );
  const toggle = (field: Field) => {
    const without = chosen.filter((one) => !sameField(one, field));
    if (single) {
      choose([field]);
      close();
    } else choose(without.length < chosen.length ? without : [...chosen, field]);
  };
  return (
    <Dialog title={title} close={close}>
      <div class="bar">
        <SearchField label={t("search")} value={search} change={setSearch} inDialog />
        {!lastOnly && kinds.includes("metric") && <MeasureSelect value={measure} change={setMeasure} />}
      </div>
      {found.failure && <p class="failure">{found.failure}</p>}
      <div class="chooser">
        {kinds.map((kind) => {
          const fields = found.value?.fields.filter((one) => groupOfField(one) === kind);
          return (
            <fieldset key={kind}>
              <legend>{t(`kind_${kind}`)}</legend>
              {fields?.map((field) => (
                <Option
                  key={spell(field)}
                  name={field.key}
                  single={single ?? false}
                  checked={chosen.some((one) => sameField(one, field))}
                  choose={() => toggle(field)}
                />
              ))}
              {fields?.length === 0 && <p class="none">{t("nothingFound")}</p>}
              {found.value?.more.includes(kind) && <p class="none">{t("moreNames")}</p>}
            </fieldset>
          );
        })}
      </div>
    </Dialog>
  );
}

interface OptionProps {
  name: string;
  single: boolean;
  checked: boolean;
  choose: () => void;
}

function Option({ name, single, checked, choose }: OptionProps) {
  const text = (
    <span class="cut" dir="auto">
      {name}
    </span>
  );
  if (single) {
    return (
      <button class="quiet option" title={name} aria-pressed={checked} onClick={choose}>
        {text}
      </button>
    );
  }
  return (
    <label class="check" title={name}>
      <input type="checkbox" checked={checked} onChange={choose} />
      {text}
    </label>
  );
}

function groupOfField(field: Field): FieldGroup {
  return isMeasured(field) ? "metric" : field.kind === "tag" ? "tag" : "parameter";
}

export function MeasureSelect({ value, change }: { value: Measure; change: (measure: Measure) => void }) {
  const words = { metric: "last", minimum: "min", maximum: "max" } as const;
  return (
    <label class="check">
      {t("ofMetrics")}
      <select value={value} onChange={(event) => change(event.currentTarget.value as Measure)}>
        {(MEASURES as Measure[]).map((one) => (
          <option key={one} value={one}>
            {t(words[one])}
          </option>
        ))}
      </select>
    </label>
  );
}

interface FieldButtonProps extends Omit<FieldChooserProps, "chosen" | "choose" | "close" | "single" | "title"> {
  label: string;
  field: Field | null;
  choose: (field: Field | null) => void;
  clearable?: boolean;
}

/** A field to choose, as a button that says which it is. */
export function FieldButton({ label, field, choose, clearable, ...rest }: FieldButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <span class="field">
      <span class="none">{label}</span>
      <button aria-label={`${label}: ${field ? nameOf(field) : t("choose")}`} onClick={() => setOpen(true)}>
        <span class="cut" dir="auto">
          {field ? nameOf(field) : t("choose")}
        </span>
      </button>
      {clearable && field && (
        <button class="quiet" aria-label={t("clear", { name: label })} onClick={() => choose(null)}>
          ×
        </button>
      )}
      {open && (
        <FieldChooser
          {...rest}
          title={label}
          chosen={field ? [field] : []}
          choose={([one]) => choose(one ?? null)}
          single
          close={() => setOpen(false)}
        />
      )}
    </span>
  );
}

/** `min loss` for what is not the last value. */
export function nameOf(field: Field): string {
  if (field.kind === "minimum") return `${t("min")} ${field.key}`;
  return field.kind === "maximum" ? `${t("max")} ${field.key}` : field.key;
}
