/** In which fields the runs differ, as the server sees it. */

import { runs } from "../api/trackline";
import type { Field } from "../api/types";
import { isMeasured } from "../calc/fields";
import { useLoaded } from "../parts/useLoaded";

const MOST = 1000; // names of each kind
const KINDS = ["metric", "parameter", "tag"] as const;

/** Null while nobody wants to know, or it is not known yet. */
export function useVarying(experiments: string[], wanted: boolean): ((field: Field) => boolean) | null {
  const found = useLoaded(
    async () => (wanted ? Promise.all(KINDS.map((kind) => runs.keys(experiments, kind, "", MOST))) : null),
    [experiments.join(), wanted],
  );
  if (!wanted || !found.value) return null;
  const same = new Set(
    found.value.flatMap((list, at) => list.keys.filter((one) => !one.varies).map((one) => `${KINDS[at]} ${one.key}`)),
  );
  return (field) => !same.has(`${isMeasured(field) ? "metric" : field.kind} ${field.key}`);
}
