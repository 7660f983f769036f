/** The head of a CSV file as a table; more of it on request. */

import { useMemo, useState } from "preact/hooks";
import { artifacts, type Owner } from "../api/artifacts";
import { csvRows } from "../calc/csvRows";
import { useLoaded } from "../parts/useLoaded";
import { t } from "../state/preferences";
import { Sheet } from "./Sheet";

const HEAD = 512 * 1024; // bytes
const MOST = 16 * 1024 * 1024;

export function CsvFile({ owner, path }: { owner: Owner; path: string }) {
  const [most, setMost] = useState(HEAD);
  const { value, failure } = useLoaded((stop) => artifacts.part(owner, path, 0, most, stop), [path, most]);
  const cut = value ? value.bytes.length < value.total : false;
  const rows = useMemo(() => {
    const separator = /\.tsv$/i.test(path) ? "\t" : ",";
    return csvRows(new TextDecoder().decode(value?.bytes ?? new Uint8Array()), separator, cut);
  }, [value]);
  if (!value) return failure ? <p class="failure">{failure}</p> : null;
  const [header = [], ...below] = rows;
  return (
    <>
      {failure && <p class="failure">{failure}</p>}
      <div class="bar">
        <span class="none">{t(cut ? "firstRows" : "countRows", { count: below.length })}</span>
        {cut && most < MOST && <button onClick={() => setMost(Math.min(most * 8, MOST))}>{t("more")}</button>}
      </div>
      {header.length > 0 && <Sheet header={header} rows={below} label={path} />}
    </>
  );
}
