/** Params, metrics and tags of all runs as a table: a row each, a column a run; only the rows in view are made. */

import { useRef } from "preact/hooks";
import { comparison } from "../../api/trackline";
import type { CompareRuns, Comparison, Field } from "../../api/types";
import { isMeasured, MEASURES, spell } from "../../calc/fields";
import { shortNumber, type CellValue } from "../../calc/numbers";
import type { Drawable } from "../../charts/ChartCard";
import { Swatch } from "../../charts/Swatch";
import { useLoaded } from "../../parts/useLoaded";
import { SearchField } from "../../parts/SearchField";
import { link, query, setQuery } from "../../state/location";
import { locale, t } from "../../state/preferences";
import { useVirtual } from "../../table/virtual";
import type { CompareProps } from "../Compare";
import { column } from "./cells";
import { MeasureSelect } from "./FieldChooser";

const MOST = 500; // names of each kind; a search finds the others
const ROW = 32; // px
const HEAD = 36;
const NAME = window.innerWidth < 700 ? 150 : 240; // px of the first column
const CELL = 150;
const TALLEST = 620;

export function Differences({ ids, runs, beat }: CompareProps) {
  const search = query.value.get("search") ?? "";
  const differing = query.value.get("all") !== "1";
  const measure = (MEASURES.find((one) => one === query.value.get("measure")) ?? "metric") as NonNullable<
    CompareRuns["measure"]
  >;
  const asked: CompareRuns = { run_id: ids, search, differing, measure, max_results: MOST };
  const { value, failure } = useLoaded((stop) => comparison.read(asked, stop), [JSON.stringify(asked), beat]);
  return (
    <>
      <div class="bar">
        <SearchField label={t("filterFields")} value={search} change={(text) => setQuery({ search: text || null })} />
        <label class="check">
          <input type="checkbox" checked={differing} onChange={() => setQuery({ all: differing ? "1" : null })} />
          {t("differing")}
        </label>
        <MeasureSelect value={measure} change={(one) => setQuery({ measure: one === "metric" ? null : one })} />
      </div>
      {failure && <p class="failure">{failure}</p>}
      {value?.fields.length === 0 && <p class="none">{t(search || !differing ? "nothingFound" : "nothingDiffers")}</p>}
      {value && value.fields.length > 0 && <Table found={value} runs={runs} />}
      {value && value.more.length > 0 && <p class="none">{t("moreNames")}</p>}
    </>
  );
}

type Line = { title: string } | { field: Field; cells: CellValue[] };

function linesOf(found: Comparison, runs: Drawable[]): Line[] {
  const lines: Line[] = [];
  let before = "";
  for (const field of found.fields) {
    const kind = isMeasured(field) ? "metric" : (field.kind as "parameter" | "tag");
    if (kind !== before) lines.push({ title: t(`kind_${kind}`) });
    before = kind;
    lines.push({ field, cells: column(found, field, runs) });
  }
  return lines;
}

function Table({ found, runs }: { found: Comparison; runs: Drawable[] }) {
  const box = useRef<HTMLDivElement>(null);
  const lines = linesOf(found, runs);
  const view = useVirtual(box, { count: lines.length, size: () => ROW, before: HEAD });
  const columns = `${NAME}px repeat(${runs.length}, minmax(${CELL}px, 1fr))`;
  const height = Math.min(TALLEST, lines.length * ROW + HEAD + 18);
  return (
    <div
      class="grid diff"
      ref={box}
      role="grid"
      tabIndex={0}
      aria-label={t("compared_differences")}
      aria-rowcount={lines.length + 1}
      style={{ height: `${height}px` }}
    >
      <div class="inner" role="rowgroup" style={{ height: `${view.total}px`, minWidth: `${NAME + CELL * runs.length}px` }}>
        <div class="row head" role="row" style={{ gridTemplateColumns: columns }}>
          <span role="columnheader">{t("name")}</span>
          {runs.map((run) => (
            <span key={run.id} role="columnheader">
              <Swatch slot={run.slot} />
              <a class="cut" href={link(`runs/${run.id}`)} title={run.name} dir="auto">
                {run.name}
              </a>
            </span>
          ))}
        </div>
        {view.items.map(({ index, start }) => {
          const line = lines[index]!;
          const style = { transform: `translateY(${start}px)`, gridTemplateColumns: columns };
          return "title" in line ? (
            <div key={line.title} class="row kind" role="row" style={style}>
              <span role="rowheader">{line.title}</span>
            </div>
          ) : (
            <Cells key={spell(line.field)} field={line.field} cells={line.cells} style={style} />
          );
        })}
      </div>
    </div>
  );
}

function Cells({ field, cells, style }: { field: Field; cells: CellValue[]; style: Record<string, string> }) {
  const common = mostFrequent(cells);
  return (
    <div class="row" role="row" style={style}>
      <span role="rowheader" title={field.key} dir="auto">
        {field.key}
      </span>
      {cells.map((cell, at) => (
        <span
          key={at}
          role="gridcell"
          class={`${isMeasured(field) ? "number" : ""} ${common !== undefined && cell !== common ? "other" : ""}`}
          title={cell === null ? t("missing") : String(cell)}
          dir="auto"
        >
          {cell === null ? "–" : shortNumber(cell, locale.value)}
        </span>
      ))}
    </div>
  );
}

/** What most runs have, so that what is not that stands out; undefined where it would be nearly all. */
function mostFrequent(cells: CellValue[]): CellValue | undefined {
  const count = new Map<CellValue, number>();
  for (const cell of cells) count.set(cell, (count.get(cell) ?? 0) + 1);
  const [found] = [...count].sort(([, one], [, other]) => other - one);
  return found && found[1] * 2 >= cells.length ? found[0] : undefined;
}
