/** The versions of a model, to be opened, and checked to be compared. */

import { useState } from "preact/hooks";
import { versions } from "../../api/registry";
import type { ModelVersion, RegisteredModel } from "../../api/types";
import { ago, fullTime } from "../../calc/numbers";
import { plainBeginning } from "../../calc/registry";
import { Stage } from "../../parts/Stage";
import { useLoaded } from "../../parts/useLoaded";
import { go, link } from "../../state/location";
import { locale, t } from "../../state/preferences";
import { VersionMenu } from "./VersionMenu";

const AT_FIRST = 50;
const MOST_COMPARED = 10;

interface VersionsProps {
  model: RegisteredModel; // lists of versions do not have their aliases, the model has
  beat: number;
  changed: () => void;
}

export function Versions({ model: { name, aliases = [] }, beat, changed }: VersionsProps) {
  const { value, failure } = useLoaded((stop) => versions.of(name, stop), [name, beat]);
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const [most, setMost] = useState(AT_FIRST);
  const named = Map.groupBy(aliases, (one) => one.version);
  const all = (value ?? []).map((one) => ({ ...one, aliases: (named.get(one.version) ?? []).map(({ alias }) => alias) }));
  const check = (version: string) => {
    const next = new Set(checked);
    if (!next.delete(version)) next.add(version);
    setChecked(next);
  };
  const compare = () => {
    const chosen = [...checked].sort((one, other) => Number(one) - Number(other));
    go(`models/${encodeURIComponent(name)}`, { compare: chosen });
  };
  return (
    <section class="panel wide">
      <div class="bar">
        <h2>
          {t("versions")} <small>{all.length}</small>
        </h2>
        <span class="space" />
        {all.length > 1 && (
          <button disabled={checked.size < 2 || checked.size > MOST_COMPARED} title={t("compareHint")} onClick={compare}>
            {t("compare")}
          </button>
        )}
      </div>
      {failure && <p class="failure">{failure}</p>}
      {value && all.length === 0 && <p class="none">{t("noVersions")}</p>}
      {all.length > 0 && (
        <div class="listed" tabIndex={0} role="region" aria-label={t("versions")}>
          <table class="list">
            <thead>
              <tr>
                <th aria-label={t("compare")} />
                <th>{t("version")}</th>
                <th>{t("stage")}</th>
                <th>{t("aliases")}</th>
                <th>{t("description")}</th>
                <th>{t("run")}</th>
                <th>{t("made")}</th>
                <th aria-label={t("actions")} />
              </tr>
            </thead>
            <tbody>
              {all.slice(0, most).map((one) => (
                <Row key={one.version} version={one} checked={checked.has(one.version)} check={check} changed={changed} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {all.length > most && <button onClick={() => setMost(most * 4)}>{t("showMore", { count: all.length - most })}</button>}
    </section>
  );
}

interface RowProps {
  version: ModelVersion;
  checked: boolean;
  check: (version: string) => void;
  changed: () => void;
}

function Row({ version: one, checked, check, changed }: RowProps) {
  const { name, version, aliases = [], run_id, description, creation_timestamp } = one;
  return (
    <tr class={checked ? "checked" : ""}>
      <td>
        <input
          type="checkbox"
          checked={checked}
          aria-label={t("check", { name: t("versionNumber", { version }) })}
          onChange={() => check(version)}
        />
      </td>
      <td>
        <a href={link(`models/${encodeURIComponent(name)}/${version}`)}>{t("versionNumber", { version })}</a>
      </td>
      <td>
        <Stage stage={one.current_stage} />
      </td>
      <td class="wrap">{aliases.map((alias) => `@${alias}`).join(" ")}</td>
      <td class="named">
        <span class="cut" title={description ?? ""} dir="auto">
          {plainBeginning(description ?? "")}
        </span>
      </td>
      <td class="mono">{run_id && <a href={link(`runs/${run_id}`)}>{run_id.slice(0, 8)}</a>}</td>
      <td class="when" title={fullTime(creation_timestamp, locale.value)}>{ago(creation_timestamp, Date.now(), locale.value)}</td>
      <td>
        <VersionMenu version={one} changed={changed} />
      </td>
    </tr>
  );
}
