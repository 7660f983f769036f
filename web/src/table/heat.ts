/** How good a value is among all that the search finds: the colour of a cell. */

import { runs } from "../api/trackline";
import type { Field, ListRuns } from "../api/types";
import { sameField, spell } from "../calc/fields";
import { asNumber } from "../calc/numbers";
import type { Heat } from "../calc/tableState";
import { useLoaded } from "../parts/useLoaded";

/** `of` a value: from -1, the worst, to 1, the best; `key` tells one scale from another. */
export interface Scale {
  key: string;
  of: (value: number) => number;
}

/** The scale of each column that is to be coloured, as far as it is known. */
export function useHeat(asked: ListRuns, wanted: Heat[]): (field: Field) => Scale | null {
  const { experiment_id, filter = "", search = "", view_type = null } = asked;
  const columns = wanted.map((one) => spell(one.field));
  const question = { experiment_id, filter, search, view_type, columns, max_results: 1 };
  const found = useLoaded(
    async (stop) => (columns.length ? runs.groups(question, stop) : null),
    [JSON.stringify(question)],
  );
  return (field) => {
    const heat = wanted.find((one) => sameField(one.field, field));
    const at = found.value?.fields.findIndex((one) => sameField(one, field)) ?? -1;
    if (!heat || at < 0) return null;
    const of = (name: "mean" | "std" | "low" | "high") => asNumber(found.value![name][at]?.[0] ?? null);
    return scale(heat, { mean: of("mean"), std: of("std"), low: of("low"), high: of("high") });
  };
}

/** From two deviations below the mean to two above it, so that one outlier does not leave all others pale. */
function scale(heat: Heat, { mean, std, low, high }: Record<"mean" | "std" | "low" | "high", number>): Scale | null {
  const from = Math.max(low, mean - 2 * std);
  const to = Math.min(high, mean + 2 * std);
  if (!(from < to)) return null;
  const way = heat.best === "high" ? 1 : -1;
  return {
    key: `${heat.best} ${from} ${to}`,
    of: (value) => (Number.isNaN(value) ? 0 : way * (Math.min(Math.max((value - from) / (to - from), 0), 1) * 2 - 1)),
  };
}
