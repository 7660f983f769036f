/** What the table shows, as a file: all rows that the search finds, in the columns that are shown. */

import { runs } from "../api/trackline";
import type { ListRuns, RunTable } from "../api/types";
import { isMeasured, spell } from "../calc/fields";
import { asNumber, type CellValue } from "../calc/numbers";
import { say } from "../state/messages";
import { t } from "../state/preferences";
import { allRows } from "./rows";

const MOST = 200_000; // rows of a Parquet file, whose columns are all in the browser's memory before it is written

/** The server writes it while it reads; the browser saves what comes. */
export function exportText(query: ListRuns, format: "csv" | "json"): void {
  save(`runs.${format}`, runs.file(query, format));
}

/** By the browser: the server has no library for Parquet that is not larger than itself. */
export async function exportParquet(query: ListRuns): Promise<void> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const pages: RunTable[] = [];
  await allRows(query, MOST, (table) => pages.push(table));
  if (pages.at(-1)?.next_page_token) say(t("exportCut", { count: pages.reduce((sum, page) => sum + page.runs.run_id.length, 0) }));
  const fields = pages[0]?.fields ?? [];
  const texts = ["run_id", "run_name", "experiment_id", "status", "user_id"] as const;
  const times = ["start_time", "end_time"] as const;
  const column = (at: number) => pages.flatMap((page) => page.values[at] as CellValue[]);
  const number = (value: CellValue) => (value === null ? null : asNumber(value));
  const buffer = parquetWriteBuffer({
    columnData: [
      ...texts.map((name) => ({ name, data: pages.flatMap((page) => page.runs[name] as string[]), type: "STRING" as const })),
      ...times.map((name) => ({
        name,
        data: pages.flatMap((page) => page.runs[name]).map((time) => (time === null ? null : BigInt(time))),
        type: "INT64" as const, // ms since 1970, as everywhere: any int64 may have been sent
        nullable: true,
      })),
      ...fields.map((field, at) =>
        isMeasured(field)
          ? { name: spell(field), data: column(at).map(number), type: "DOUBLE" as const, nullable: true }
          : { name: spell(field), data: column(at), type: "STRING" as const, nullable: true },
      ),
    ],
  });
  const url = URL.createObjectURL(new Blob([buffer], { type: "application/vnd.apache.parquet" }));
  save("runs.parquet", url);
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function save(name: string, href: string): void {
  const anchor = document.createElement("a");
  anchor.href = href;
  anchor.download = name;
  anchor.click();
}
