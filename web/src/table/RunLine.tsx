/** One run's line in the grid. */

import type { Field } from "../api/types";
import { isMeasured, spell } from "../calc/fields";
import { asNumber } from "../calc/numbers";
import { Icon } from "../parts/Icon";
import { link } from "../state/location";
import { t } from "../state/preferences";
import { shown, statusOf, type ShownColumn } from "./columns";
import type { GroupActions } from "./GroupLine";
import type { Layout } from "./RunGrid";
import type { Row } from "./rows";

export interface LineActions extends GroupActions {
  check: (row: Row, at: number, range: boolean) => void;
  toggle: (id: string) => void;
}

export interface LineProps {
  row: Row;
  at: number;
  depth: number;
  open: boolean;
  layout: Layout;
  top: number; // px
  active: boolean;
  selected: boolean;
  acts: LineActions;
}

export function RunLine({ row, at, depth, open, layout, top, active, selected, acts }: LineProps) {
  const name = row.of("run_name");
  const opens = Boolean(row.children);
  return (
    <div
      class={`row${active ? " active" : ""}${selected ? " selected" : ""}`}
      role="row"
      aria-rowindex={at + 2}
      aria-level={depth + 1}
      aria-selected={selected}
      {...(opens ? { "aria-expanded": open } : {})}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div class="pinned" role="presentation">
        <div role="gridcell" class="td first" style={{ width: `${layout.first.width}px` }}>
          <input
            type="checkbox"
            aria-label={t("check", { name })}
            checked={selected}
            onClick={(event) => acts.check(row, at, event.shiftKey)}
          />
          <Indent depth={depth} />
          {opens && <Opener open={open} label={t("childrenOf", { name })} toggle={() => acts.toggle(row.id)} />}
          {row.children === 0 && <span class="opener" />}
          <Status row={row} />
          {row.parent && depth === 0 && (
            <a class="parent" href={link(`runs/${row.parent.run_id}`)} title={`${t("parent")}: ${row.parent.run_name}`} dir="auto">
              {row.parent.run_name}
            </a>
          )}
          <a href={link(`runs/${row.id}`)} title={name} dir="auto">
            {name}
          </a>
          {opens && <small>{row.children}</small>}
        </div>
        {layout.pinned.map((column) => (
          <Cell key={spell(column.field)} row={row} column={column} />
        ))}
      </div>
      <div style={{ flex: `0 0 ${layout.gap}px` }} />
      {layout.inView.map((column) => (
        <Cell key={spell(column.field)} row={row} column={column} />
      ))}
    </div>
  );
}

export function Indent({ depth }: { depth: number }) {
  return depth > 0 ? <span class="indent" style={{ width: `${Math.min(depth, 8) * 16}px` }} /> : null;
}

export function Opener({ open, label, toggle }: { open: boolean; label: string; toggle: () => void }) {
  return (
    <button class="quiet opener" aria-label={label} aria-expanded={open} onClick={toggle}>
      <Icon name={open ? "open" : "closed"} />
    </button>
  );
}

/** The class and style of a cell whose value is coloured. */
export function heated({ field, heat, width }: ShownColumn, value: number): { class: string; style: Record<string, string> } {
  const kind = isMeasured(field) ? "td number" : "td";
  const warmth = heat?.of(value) ?? 0;
  if (!warmth) return { class: kind, style: { width: `${width}px` } };
  const share = `${Math.round(Math.abs(warmth) * 40)}%`;
  return { class: `${kind} heat ${warmth > 0 ? "good" : "bad"}`, style: { width: `${width}px`, "--heat": share } };
}

function Cell({ row, column }: { row: Row; column: ShownColumn }) {
  const { text, full } = shown(row, column.field);
  return (
    <div role="gridcell" {...heated(column, valueOf(row, column.field))} title={full} dir="auto">
      {text}
    </div>
  );
}

function valueOf(row: Row, field: Field): number {
  return isMeasured(field) ? asNumber(row.cell(field)) : NaN;
}

function Status({ row }: { row: Row }) {
  const { silent, text } = statusOf(row);
  return <span class={`status ${silent ? "silent" : row.of("status").toLowerCase()}`} role="img" aria-label={text} title={text} />;
}
