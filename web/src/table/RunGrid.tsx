/** The grid of runs: only the rows and columns in view exist; the first column and pinned ones stay in place. */

import type { VNode } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { Field } from "../api/types";
import { isMeasured, sameField, spell } from "../calc/fields";
import { readOrder, type Column } from "../calc/tableState";
import { useKeys } from "../state/keys";
import { go, link } from "../state/location";
import { locale, t } from "../state/preferences";
import { ago } from "../calc/numbers";
import { NAME, shown, width } from "./columns";
import { HeadMenu, type ColumnActions } from "./HeadMenu";
import type { Row, RowSource } from "./rows";
import { useVirtual } from "./virtual";

const ROW = 32; // px
const NAME_WIDTH = 260;
const MOST_LINES = 500; // kept, though out of view
const SILENT_MS = 15 * 60_000; // a running run that has said nothing for so long may be dead

interface GridProps {
  source: RowSource;
  columns: Column[];
  order: string;
  actions: ColumnActions;
  selected: ReadonlySet<string>;
  select: (ids: string[], on: boolean) => void;
}

export function RunGrid({ source, columns, order, actions, selected, select }: GridProps) {
  const box = useRef<HTMLDivElement>(null);
  const anchor = useRef(0);
  const [active, setActive] = useState(-1);
  const pinned = columns.filter((one) => one.pinned);
  const loose = columns.filter((one) => !one.pinned);
  const before = NAME_WIDTH + pinned.reduce((sum, one) => sum + width(one.field), 0);
  const rows = useVirtual(box, { count: source.total ?? 0, size: () => ROW, overscan: 10, before: ROW + 4 });
  const across = useVirtual(box, {
    count: loose.length,
    size: (at) => width(loose[at]?.field ?? NAME),
    horizontal: true,
    overscan: 2,
    before,
  });
  const first = rows.items[0]?.index ?? 0;
  const last = rows.items.at(-1)?.index ?? first;
  source.need(first, last);
  const inView = across.items.map(({ index }) => loose[index]).filter((one) => one !== undefined);
  const gap = (across.items[0]?.start ?? before) - before;
  const key = [...pinned, null, ...inView].map((one) => one && spell(one.field)).join("\n");
  const layout = useMemo(() => ({ pinned, inView, gap }), [key, gap]);
  const lines = useRef(new Map<number, Made>()).current;

  const move = (step: number) => {
    const next = Math.min(Math.max(active + step, 0), (source.total ?? 1) - 1);
    setActive(next);
    rows.scrollTo(next);
  };
  const check = useRef((_: Row, __: boolean) => {});
  check.current = (row, range) => {
    const [from, to] = range ? [Math.min(anchor.current, row.at), Math.max(anchor.current, row.at)] : [row.at, row.at];
    anchor.current = row.at;
    const ids = [];
    for (let at = from; at <= to; at++) ids.push(source.row(at)?.id ?? null);
    select(ids.filter((one) => one !== null), !selected.has(row.id));
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    x: () => source.row(active) && check.current(source.row(active)!, false),
    Enter: () => source.row(active) && go(`runs/${source.row(active)!.id}`),
  });
  const style = { width: `${Math.max(across.total, before)}px`, height: `${rows.total}px` };
  return (
    <div class="grid runs" ref={box} role="grid" tabIndex={0} aria-label={t("runs")} aria-rowcount={(source.total ?? 0) + 1}>
      <div class="inner" style={style}>
        <Head layout={layout} order={order} actions={actions} />
        {rows.items.map(({ index, start }) => {
          const row = source.row(index);
          if (!row) return <div key={index} class="row waiting" role="row" style={place(start)} />;
          const props: LineProps = { row, layout, top: start, active: index === active, selected: selected.has(row.id), check };
          return remade(lines, index, props);
        })}
      </div>
    </div>
  );
}

interface Layout {
  pinned: Column[];
  inView: Column[];
  gap: number; // px of the columns that lie to the left of those in view
}

interface Made {
  props: LineProps;
  line: VNode;
}

/** The line made last for this row, if it shows the same: scrolling then touches only the lines that come and go. */
function remade(lines: Map<number, Made>, index: number, props: LineProps): VNode {
  const known = lines.get(index);
  const names = Object.keys(props) as (keyof LineProps)[];
  if (known && names.every((one) => known.props[one] === props[one])) return known.line;
  const line = <Line key={index} {...props} />;
  if (lines.size > MOST_LINES) lines.clear();
  lines.set(index, { props, line });
  return line;
}

function place(top: number) {
  return { transform: `translateY(${top}px)` };
}

function Head({ layout, order, actions }: { layout: Layout; order: string; actions: ColumnActions }) {
  const sorted = readOrder(order);
  const cell = ({ field, pinned }: Column) => {
    const by = sorted && sameField(sorted.field, field) ? (sorted.ascending ? "ascending" : "descending") : "none";
    return (
      <div key={spell(field)} role="columnheader" aria-sort={by} class="th" style={{ width: `${width(field)}px` }}>
        <HeadMenu field={field} pinned={pinned} sorted={by} actions={actions} />
      </div>
    );
  };
  return (
    <div class="row head" role="row">
      <div class="pinned" role="presentation">
        <div role="columnheader" class="th first" style={{ width: `${NAME_WIDTH}px` }}>
          <HeadMenu
            field={NAME}
            pinned
            sorted={sorted && sameField(sorted.field, NAME) ? (sorted.ascending ? "ascending" : "descending") : "none"}
            actions={actions}
          />
        </div>
        {layout.pinned.map(cell)}
      </div>
      <div style={{ flex: `0 0 ${layout.gap}px` }} />
      {layout.inView.map(cell)}
    </div>
  );
}

interface LineProps {
  row: Row;
  layout: Layout;
  top: number;
  active: boolean;
  selected: boolean;
  check: { current: (row: Row, range: boolean) => void };
}

function Line({ row, layout, top, active, selected, check }: LineProps) {
  const name = row.of("run_name");
  return (
    <div
      class={`row${active ? " active" : ""}${selected ? " selected" : ""}`}
      role="row"
      aria-rowindex={row.at + 2}
      aria-selected={selected}
      style={place(top)}
    >
      <div class="pinned" role="presentation">
        <div role="gridcell" class="td first" style={{ width: `${NAME_WIDTH}px` }}>
          <input
            type="checkbox"
            aria-label={t("check", { name })}
            checked={selected}
            onClick={(event) => check.current(row, event.shiftKey)}
          />
          <Status row={row} />
          <a href={link(`runs/${row.id}`)} title={name} dir="auto">
            {name}
          </a>
        </div>
        {layout.pinned.map(({ field }) => (
          <Cell key={spell(field)} row={row} field={field} />
        ))}
      </div>
      <div style={{ flex: `0 0 ${layout.gap}px` }} />
      {layout.inView.map(({ field }) => (
        <Cell key={spell(field)} row={row} field={field} />
      ))}
    </div>
  );
}

function Cell({ row, field }: { row: Row; field: Field }) {
  const { text, full } = shown(row, field);
  const kind = isMeasured(field) ? "td number" : "td";
  return (
    <div role="gridcell" class={kind} style={{ width: `${width(field)}px` }} title={full} dir="auto">
      {text}
    </div>
  );
}

function Status({ row }: { row: Row }) {
  const status = row.of("status");
  const seen = row.of("last_seen") ?? row.of("start_time");
  const silent = status === "RUNNING" && Date.now() - seen > SILENT_MS;
  const said = t(`status_${status}`);
  const text = silent ? t("silent", { status: said, ago: ago(seen, Date.now(), locale.value) }) : said;
  return <span class={`status ${silent ? "silent" : status.toLowerCase()}`} role="img" aria-label={text} title={text} />;
}

