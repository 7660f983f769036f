/** How much room experiments take, the largest first. */

import { server } from "../../api/server";
import { fileSize } from "../../calc/files";
import { fullTime } from "../../calc/numbers";
import { useLoaded } from "../../parts/useLoaded";
import { link } from "../../state/location";
import { locale, t } from "../../state/preferences";

export function Disk() {
  const { value, failure } = useLoaded((stop) => server.disk(stop), []);
  const size = (bytes: number) => fileSize(bytes, locale.value);
  return (
    <section class="panel wide">
      <h2>
        {t("disk")} <small>{value && (value.measured ? t("measured", { time: fullTime(value.measured, locale.value) }) : t("notMeasured"))}</small>
      </h2>
      {failure && <p class="failure">{failure}</p>}
      {value && value.experiments.length > 0 && (
        <div class="listed" tabIndex={0} role="region" aria-label={t("disk")}>
          <table class="list">
            <thead>
              <tr>
                <th>{t("experiments")}</th>
                {(["runs", "diskMetadata", "diskPoints", "artifacts", "diskTrash"] as const).map((name) => (
                  <th key={name} class="number">
                    {t(name)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {value.experiments.map((one) => (
                <tr key={one.experiment_id}>
                  <td>
                    <a href={link(`experiments/${one.experiment_id}/runs`)} dir="auto">
                      {one.name}
                    </a>
                  </td>
                  <td class="number">{one.runs.toLocaleString(locale.value)}</td>
                  <td class="number">{size(one.metadata_bytes)}</td>
                  <td class="number">{size(one.points_bytes)}</td>
                  <td class="number">{size(one.artifact_bytes)}</td>
                  <td class="number">{size(one.trash_bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
