/** Charts of many metrics, in groups by their names. */

import type { Range, View } from "../calc/chartState";
import { grouped } from "../calc/curves";
import { t } from "../state/preferences";
import { ChartCard, type Drawable } from "./ChartCard";
import type { CurveFeed } from "./CurveFeed";

interface ChartGroupsProps {
  keys: string[];
  closed?: (key: string) => boolean; // whether the group of this name is folded at first
  feed: CurveFeed;
  shown: Drawable[];
  view: View;
  zoom: (range: Range | null) => void;
}

export function ChartGroups({ keys, closed, ...card }: ChartGroupsProps) {
  return (
    <>
      {grouped(keys).map(([group, names]) => (
        <details key={group} class="group" open={!closed?.(names[0]!)}>
          <summary dir="auto">
            {group || t("metrics")} <small>{names.length}</small>
          </summary>
          <div class="cards">
            {names.map((name) => (
              <ChartCard key={name} name={name} {...card} />
            ))}
          </div>
        </details>
      ))}
    </>
  );
}
