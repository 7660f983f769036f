/** The head of a Parquet file as a table: only its footer and the first group of rows are read. */

import type { AsyncBuffer, FileMetaData } from "hyparquet";
import { artifacts, type Owner } from "../api/artifacts";
import { fileSize } from "../calc/files";
import { Code } from "../parts/Code";
import { useLoaded } from "../parts/useLoaded";
import { locale, t } from "../state/preferences";
import { Sheet } from "./Sheet";

const ROWS = 1000;
const MOST_READ = 32 * 1024 * 1024; // bytes of one request: a group of rows may be as large as the file

interface Head {
  header: string[];
  rows: string[][];
  total: number;
}

export function ParquetFile({ owner, path, size }: { owner: Owner; path: string; size: number }) {
  const { value, failure } = useLoaded((stop) => head(owner, path, size, stop), [path, size]);
  if (failure) return <Elsewhere owner={owner} path={path} why={failure} />;
  if (!value) return null;
  return (
    <>
      <p class="none">{t("firstRowsOf", { count: value.rows.length, total: value.total })}</p>
      <Sheet header={value.header} rows={value.rows} label={path} />
    </>
  );
}

function Elsewhere({ owner, path, why }: { owner: Owner; path: string; why: string }) {
  return (
    <>
      <p class="none">{t("parquetElsewhere", { why })}</p>
      <Code text={`import pandas as pd\n\nframe = pd.read_parquet("${artifacts.file(owner, path)}")`} />
    </>
  );
}

async function head(owner: Owner, path: string, size: number, stop: AbortSignal): Promise<Head> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
  const file: AsyncBuffer = { byteLength: size, slice: (from, to) => slice(owner, path, from, to ?? size, stop) };
  const metadata: FileMetaData = await parquetMetadataAsync(file);
  const header = parquetSchema(metadata).children.map((one) => one.element.name);
  const objects = await parquetReadObjects({ file, metadata, rowStart: 0, rowEnd: ROWS });
  const rows = objects.map((row) => header.map((name) => cell(row[name])));
  return { header, rows, total: Number(metadata.num_rows) };
}

async function slice(owner: Owner, path: string, from: number, to: number, stop: AbortSignal): Promise<ArrayBuffer> {
  if (to - from > MOST_READ) throw new Error(t("tooLarge", { size: fileSize(to - from, locale.value) }));
  const { bytes } = await artifacts.part(owner, path, from, to - from, stop);
  return bytes.slice().buffer;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one));
}
