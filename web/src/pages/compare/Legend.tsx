/** The compared runs: how each is drawn, whether it is shown, and whether it stays. */

import type { Drawable } from "../../charts/ChartCard";
import { lit } from "../../charts/Chart";
import { Swatch } from "../../charts/Swatch";
import { query, setQuery } from "../../state/location";
import { t } from "../../state/preferences";

export function Legend({ runs, hidden }: { runs: Drawable[]; hidden: string[] }) {
  const hide = (ids: string[]) => setQuery({ hide: ids.length ? ids : null });
  const toggle = (id: string) => hide(hidden.includes(id) ? hidden.filter((one) => one !== id) : [...hidden, id]);
  const remove = (id: string) =>
    setQuery({ run: query.value.getAll("run").filter((one) => one !== id), hide: hidden.filter((one) => one !== id) }, false);
  return (
    <div class="legend" role="group" aria-label={t("runs")} onMouseLeave={() => (lit.value = null)}>
      {runs.map(({ id, name, slot }) => (
        <span
          key={id}
          class={hidden.includes(id) ? "key off" : "key"}
          onMouseEnter={() => (lit.value = id)}
          onFocusCapture={() => (lit.value = id)}
          onBlurCapture={() => (lit.value = null)}
        >
          <button class="quiet" aria-pressed={!hidden.includes(id)} title={`${name}\n${id}`} onClick={() => toggle(id)}>
            <Swatch slot={slot} />
            <span class="cut" dir="auto">
              {name}
            </span>
          </button>
          <button class="quiet" aria-label={t("leaveOut", { name })} title={t("leaveOut", { name })} onClick={() => remove(id)}>
            ×
          </button>
        </span>
      ))}
      {runs.length > 1 && (
        <button class="quiet" onClick={() => hide(hidden.length ? [] : runs.map((run) => run.id))}>
          {t(hidden.length ? "showAll" : "hideAll")}
        </button>
      )}
    </div>
  );
}
