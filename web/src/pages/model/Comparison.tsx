/** Versions side by side: where they stand, what they were trained with and how well that went. */

import { versions, type Lineage } from "../../api/registry";
import { compareRows, type CompareRow } from "../../calc/registry";
import { fullTime, shortNumber, type CellValue } from "../../calc/numbers";
import { useLoaded } from "../../parts/useLoaded";
import { link, query, setQuery } from "../../state/location";
import { locale, t } from "../../state/preferences";

const MOST = 10;

export function Comparison({ name, versions: asked, beat }: { name: string; versions: string[]; beat: number }) {
  const chosen = asked.slice(0, MOST);
  const { value, failure } = useLoaded(
    (stop) => Promise.all(chosen.map((version) => versions.lineage(name, version, stop))),
    [name, chosen.join(), beat],
  );
  const differing = query.value.get("differing") === "1";
  if (!value) return failure ? <p class="failure">{failure}</p> : null;
  const columns = value.map((one) => ({ metrics: measured(one), params: params(one) }));
  const shown = (rows: CompareRow[]) => rows.filter((row) => row.differs || !differing);
  return (
    <section class="panel">
      <div class="bar">
        <h2>{t("compareVersions")}</h2>
        <label class="check">
          <input
            type="checkbox"
            checked={differing}
            onChange={(event) => setQuery({ differing: event.currentTarget.checked ? "1" : null })}
          />
          {t("differing")}
        </label>
        <span class="space" />
        <a class="button" href={link(`models/${encodeURIComponent(name)}`)}>
          {t("close")}
        </a>
      </div>
      <div class="listed" tabIndex={0} role="region" aria-label={t("compareVersions")}>
        <table class="list compared">
          <thead>
            <tr>
              <th />
              {value.map(({ model_version: { version } }) => (
                <th key={version}>
                  <a href={link(`models/${encodeURIComponent(name)}/${version}`)}>{t("versionNumber", { version })}</a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Rows title={t("version")} rows={shown(compareRows(value.map(standing)))} />
            <Rows title={t("metrics")} rows={shown(compareRows(columns.map((one) => one.metrics)))} />
            <Rows title={t("params")} rows={shown(compareRows(columns.map((one) => one.params)))} />
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Rows({ title, rows }: { title: string; rows: CompareRow[] }) {
  if (!rows.length) return null;
  return (
    <>
      <tr class="part">
        <th scope="rowgroup" colSpan={(rows[0]?.cells.length ?? 0) + 1}>
          {title}
        </th>
      </tr>
      {rows.map(({ name, cells, differs }) => (
        <tr key={name} class={differs ? "differs" : ""}>
          <th scope="row" dir="auto">
            {name}
          </th>
          {cells.map((cell, at) => (
            <td key={at} class="wrap" title={String(cell ?? "")} dir="auto">
              {shortNumber(cell, locale.value)}
            </td>
          ))}
        </tr>
      ))}
    </>
  );
}

function standing({ model_version: one, run }: Lineage): Map<string, CellValue> {
  return new Map<string, CellValue>([
    [t("stage"), one.current_stage],
    [t("aliases"), (one.aliases ?? []).map((alias) => `@${alias}`).join(" ") || null],
    [t("made"), fullTime(one.creation_timestamp, locale.value)],
    [t("run"), run?.info.run_name ?? null],
  ]);
}

/** Of the model itself where something was measured of it, else of its run. */
function measured({ run, logged_model }: Lineage): Map<string, CellValue> {
  const found = [...(run?.data.metrics ?? []), ...(logged_model?.data.metrics ?? [])];
  return new Map(found.map(({ key, value }) => [key, value]));
}

function params({ run, logged_model }: Lineage): Map<string, CellValue> {
  return new Map([...(run?.data.params ?? []), ...(logged_model?.data.params ?? [])].map(({ key, value }) => [key, value]));
}
