/** A table of texts, of which only what is in view is made. */

import { useMemo, useRef } from "preact/hooks";
import { useVirtual } from "../table/virtual";

const ROW = 28; // px
const TALLEST = 20 * ROW;
const SAMPLE = 100; // rows that say how wide a column should be

export function Sheet({ header, rows, label }: { header: string[]; rows: string[][]; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const widths = useMemo(() => header.map((name, at) => width(name, rows, at)), [header, rows]);
  const down = useVirtual(box, { count: rows.length, size: () => ROW, before: ROW });
  const across = useVirtual(box, { count: header.length, size: (at) => widths[at] ?? 100, horizontal: true, overscan: 2 });
  const line = (cells: string[], role: "columnheader" | "gridcell") =>
    across.items.map(({ index, start, size }) => (
      <span key={index} role={role} title={cells[index]} style={{ left: `${start}px`, width: `${size}px` }} dir="auto">
        {cells[index]}
      </span>
    ));
  const tall = Math.min(TALLEST, (rows.length + 1) * ROW + 16);
  return (
    <div class="grid sheet" ref={box} role="grid" tabIndex={0} aria-label={label} aria-rowcount={rows.length + 1} style={{ height: `${tall}px` }}>
      <div class="inner" role="rowgroup" style={{ height: `${down.total}px`, width: `${across.total}px` }}>
        <div class="row head" role="row">
          {line(header, "columnheader")}
        </div>
        {down.items.map(({ index, start }) => (
          <div key={index} class="row" role="row" style={{ transform: `translateY(${start}px)` }}>
            {line(rows[index] ?? [], "gridcell")}
          </div>
        ))}
      </div>
    </div>
  );
}

function width(name: string, rows: string[][], at: number): number {
  const longest = rows.slice(0, SAMPLE).reduce((most, row) => Math.max(most, row[at]?.length ?? 0), name.length * 1.15);
  return Math.min(Math.max(longest * 8 + 20, 64), 320);
}
