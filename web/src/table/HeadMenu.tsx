/** The head of a column: a click sorts, the menu beside it does the rest. */

import type { Field } from "../api/types";
import { isMeasured, sameField } from "../calc/fields";
import type { Heat } from "../calc/tableState";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { t } from "../state/preferences";
import { DURATION, NAME, title, type ShownColumn } from "./columns";

export interface ColumnActions {
  sort: (field: Field, ascending: boolean) => void;
  change: (field: Field, to: Field) => void;
  pin: (field: Field, pinned: boolean) => void;
  move: (field: Field, by: number) => void;
  hide: (field: Field) => void;
  resize: (field: Field, width: number | null) => void;
  colour: (field: Field, best: Heat["best"] | null) => void;
}

interface HeadMenuProps {
  column: ShownColumn;
  named: Field | null; // what the column shows instead of its own
  pinned: boolean;
  sorted: "ascending" | "descending" | "none";
  actions: ColumnActions;
}

const MEASURES = [
  ["metric", "last"],
  ["minimum", "min"],
  ["maximum", "max"],
] as const;

export function HeadMenu({ column, named, pinned, sorted, actions }: HeadMenuProps) {
  const field = named ?? column.field;
  const name = title(field);
  const fixed = sameField(column.field, NAME);
  const measured = isMeasured(field);
  const numeric = measured || field.key === "start_time";
  const sortable = !sameField(field, DURATION);
  const label = MEASURES.find(([kind]) => kind === field.kind)?.[1];
  return (
    <>
      <button
        class="sort"
        disabled={!sortable}
        title={sortable ? `${name}\n${t("sortHint")}` : name}
        onClick={() => actions.sort(field, sorted === "none" ? !numeric : sorted === "descending")}
      >
        <span class="label" dir="auto">
          {name}
        </span>
        {label && field.kind !== "metric" && <small>{t(label)}</small>}
        {sorted !== "none" && <Icon name={sorted === "ascending" ? "up" : "down"} />}
      </button>
      <Menu
        label={t("columnMenu", { name })}
        items={[
          sortable ? { label: t("ascending"), act: () => actions.sort(field, true) } : null,
          sortable ? { label: t("descending"), act: () => actions.sort(field, false) } : null,
          ...(measured
            ? MEASURES.map(([kind, word]) => ({
                label: t(`show_${word}`),
                checked: field.kind === kind,
                act: () => actions.change(field, { kind, key: field.key }),
              }))
            : []),
          ...(measured
            ? ([["high", "heatHigh"], ["low", "heatLow"], [null, "heatNone"]] as const).map(([best, word]) => ({
                label: t(word),
                act: () => actions.colour(field, best),
              }))
            : []),
          fixed ? null : { label: t(pinned ? "unpin" : "pin"), act: () => actions.pin(field, !pinned) },
          fixed ? null : { label: t("moveLeft"), act: () => actions.move(field, -1) },
          fixed ? null : { label: t("moveRight"), act: () => actions.move(field, 1) },
          fixed ? null : { label: t("hideColumn"), act: () => actions.hide(field) },
        ]}
      >
        <Icon name="open" />
      </Menu>
    </>
  );
}
