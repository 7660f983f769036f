/** One group's line in the grid: what its runs have in common, how many they are, and what their metrics are like. */

import { spell } from "../calc/fields";
import { asNumber, shortNumber } from "../calc/numbers";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { locale, t } from "../state/preferences";
import type { ShownColumn } from "./columns";
import type { Group, Statistics } from "./groups";
import { heated, Indent, Opener, type LineActions, type LineProps } from "./RunLine";

export interface GroupActions {
  compareGroup: (group: Group) => void;
  checkGroup: (group: Group) => void;
  showGroup: (group: Group) => void;
}

type GroupLineProps = Omit<LineProps, "row" | "selected"> & { group: Group; acts: LineActions };

export function GroupLine({ group, at, depth, open, layout, top, active, acts }: GroupLineProps) {
  const name = group.value ?? t("noValue");
  return (
    <div
      class={`row${active ? " active" : ""}`}
      role="row"
      aria-rowindex={at + 2}
      aria-level={depth + 1}
      aria-expanded={open}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div class="pinned" role="presentation">
        <div role="gridcell" class="td first" style={{ width: `${layout.first.width}px` }}>
          <Indent depth={depth} />
          <Opener open={open} label={t("runsOf", { name })} toggle={() => acts.toggle(group.id)} />
          <strong class={group.value === null ? "cut none" : "cut"} title={name} dir="auto">
            {name}
          </strong>
          <small>{t("countRuns", { count: group.runs })}</small>
          <span class="space" />
          <Menu
            label={t("actionsOn", { name })}
            items={[
              { label: t("compare"), act: () => acts.compareGroup(group) },
              { label: t("checkAll", { count: group.runs }), act: () => acts.checkGroup(group) },
              { label: t("showOnly"), act: () => acts.showGroup(group) },
            ]}
          >
            <Icon name="more" />
          </Menu>
        </div>
        {layout.pinned.map((column) => (
          <Cell key={spell(column.field)} group={group} column={column} />
        ))}
      </div>
      <div style={{ flex: `0 0 ${layout.gap}px` }} />
      {layout.inView.map((column) => (
        <Cell key={spell(column.field)} group={group} column={column} />
      ))}
    </div>
  );
}

function Cell({ group, column }: { group: Group; column: ShownColumn }) {
  const known = group.of(column.field);
  return (
    <div role="gridcell" {...heated(column, known ? asNumber(known.mean) : NaN)} title={known ? whole(known) : ""}>
      {known && known.mean !== null && brief(known)}
    </div>
  );
}

function brief({ mean, std }: Statistics): string {
  const short = shortNumber(mean, locale.value);
  return std === null ? short : `${short} ± ${Number(std).toLocaleString(locale.value, { maximumSignificantDigits: 2 })}`;
}

function whole({ count, mean, std, low, high }: Statistics): string {
  return `${t("meanOf", { count })}: ${mean ?? "–"} ± ${std ?? "–"}\n${t("min")}: ${low ?? "–"}\n${t("max")}: ${high ?? "–"}`;
}
