/** The grid of runs: only the rows and columns in view exist; the first column and pinned ones stay in place. */

import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Field } from "../api/types";
import { sameField, spell } from "../calc/fields";
import { readOrder } from "../calc/tableState";
import { useKeys } from "../state/keys";
import { go } from "../state/location";
import { oncePainted } from "../state/painted";
import { t } from "../state/preferences";
import { NAME, type ShownColumn } from "./columns";
import { GroupLine, type GroupActions } from "./GroupLine";
import { HeadMenu, type ColumnActions } from "./HeadMenu";
import type { Outline } from "./outline";
import { ResizeHandle } from "./ResizeHandle";
import type { Row } from "./rows";
import { RunLine, type LineProps } from "./RunLine";
import { useVirtual } from "./virtual";

const ROW = 32; // px
const MOST_LINES = 500; // kept, though out of view

interface GridProps {
  source: Outline;
  name: ShownColumn; // the first column
  columns: ShownColumn[];
  order: string;
  by: Field | null; // what makes the groups
  actions: ColumnActions;
  groups: GroupActions;
  selected: ReadonlySet<string>;
  select: (ids: string[], on: boolean) => void;
  toggle: (id: string) => void;
}

export function RunGrid({ source, name, columns, order, by, actions, groups, selected, select, toggle }: GridProps) {
  const box = useRef<HTMLDivElement>(null);
  const anchor = useRef(0);
  const [active, setActive] = useState(-1);
  const [dragged, setDragged] = useState<{ of: string; width: number } | null>(null);
  const sized = (one: ShownColumn) => (dragged?.of === spell(one.field) ? { ...one, width: dragged.width } : one);
  const first = sized(name);
  const pinned = columns.filter((one) => one.pinned).map(sized);
  const loose = columns.filter((one) => !one.pinned).map(sized);
  const before = first.width + pinned.reduce((sum, one) => sum + one.width, 0);
  const [begun, setBegun] = useState(false); // first what is in view, then what scrolling will want
  useEffect(() => {
    if (source.total) oncePainted(() => setBegun(true));
  }, [source.total > 0]);
  const rows = useVirtual(box, { count: source.total, size: () => ROW, overscan: begun ? 10 : 0, before: ROW + 4 });
  const across = useVirtual(box, {
    count: loose.length,
    size: (at) => loose[at]?.width ?? 0,
    horizontal: true,
    overscan: begun ? 2 : 0,
    before,
    sizes: loose.map((one) => one.width).join(),
  });
  const from = rows.items[0]?.index ?? 0;
  source.need(from, rows.items.at(-1)?.index ?? from);
  const inView = across.items.map(({ index }) => loose[index]).filter((one) => one !== undefined);
  const gap = (across.items[0]?.start ?? before) - before;
  const key = [first, ...pinned, null, ...inView].map((one) => one && `${spell(one.field)} ${one.width} ${one.heat?.key}`).join("\n");
  const layout = useMemo(() => ({ first, pinned, inView, gap }), [key, gap]);
  const lines = useRef(new Map<number, Made>()).current;

  const move = (step: number) => {
    const next = Math.min(Math.max(active + step, 0), source.total - 1);
    setActive(next);
    rows.scrollTo(next);
  };
  const acts = useRef<LineProps["acts"]>({ check: () => {}, toggle: () => {}, ...groups });
  acts.current.check = (row, at, range) => {
    const [low, high] = range ? [Math.min(anchor.current, at), Math.max(anchor.current, at)] : [at, at];
    anchor.current = at;
    const ids = [];
    for (let one = low; one <= high; one++) ids.push(source.line(one).entry);
    select(ids.filter((one) => one?.kind === "run").map((one) => one!.id), !selected.has(row.id));
  };
  Object.assign(acts.current, groups, { toggle });
  const current = () => (active < 0 ? null : source.line(active).entry);
  const onRun = (act: (row: Row) => void) => () => {
    const entry = current();
    if (entry?.kind === "run") act(entry);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    x: onRun((row) => acts.current.check(row, active, false)),
    o: () => current() && toggle(current()!.id),
    Enter: () => (current()?.kind === "group" ? toggle(current()!.id) : onRun((row) => go(`runs/${row.id}`))()),
  });
  const style = { width: `${Math.max(across.total, before)}px`, height: `${rows.total}px` };
  return (
    <div class="grid runs" ref={box} role="treegrid" tabIndex={0} aria-label={t("runs")} aria-rowcount={source.total + 1}>
      <div class="inner" style={style}>
        <Head layout={layout} order={order} by={by} actions={actions} drag={setDragged} />
        {rows.items.map(({ index, start }) => {
          const { entry, depth, open } = source.line(index);
          if (!entry) return <div key={index} class="row waiting" role="row" style={{ transform: `translateY(${start}px)` }} />;
          const shared = { at: index, depth, open, layout, top: start, active: index === active, acts: acts.current };
          if (entry.kind === "group") return <GroupLine key={index} group={entry} {...shared} />;
          return remade(lines, index, { row: entry, selected: selected.has(entry.id), ...shared });
        })}
      </div>
    </div>
  );
}

export interface Layout {
  first: ShownColumn;
  pinned: ShownColumn[];
  inView: ShownColumn[];
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
  const line = <RunLine key={index} {...props} />;
  if (lines.size > MOST_LINES) lines.clear();
  lines.set(index, { props, line });
  return line;
}

interface HeadProps {
  layout: Layout;
  order: string;
  by: Field | null;
  actions: ColumnActions;
  drag: (to: { of: string; width: number } | null) => void;
}

function Head({ layout, order, by, actions, drag }: HeadProps) {
  const sorted = readOrder(order);
  const cell = (column: ShownColumn) => {
    const { field, pinned, width } = column;
    const isName = sameField(field, NAME);
    const sortedAs = isName ? (by ?? field) : field;
    const how = sorted && sameField(sorted.field, sortedAs) ? (sorted.ascending ? "ascending" : "descending") : "none";
    return (
      <div key={spell(field)} role="columnheader" aria-sort={how} class={isName ? "th first" : "th"} style={{ width: `${width}px` }}>
        <HeadMenu column={column} named={isName ? by : null} pinned={pinned || isName} sorted={how} actions={actions} />
        <ResizeHandle
          field={field}
          width={width}
          drag={(width) => drag({ of: spell(field), width })}
          done={(width) => {
            drag(null);
            actions.resize(field, width);
          }}
        />
      </div>
    );
  };
  return (
    <div class="row head" role="row">
      <div class="pinned" role="presentation">
        {[layout.first, ...layout.pinned].map(cell)}
      </div>
      <div style={{ flex: `0 0 ${layout.gap}px` }} />
      {layout.inView.map(cell)}
    </div>
  );
}

