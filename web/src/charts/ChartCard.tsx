/** One metric's chart: made when it comes into view, with the number of points that it stands for. */

import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { Range, View } from "../calc/chartState";
import { t } from "../state/preferences";
import { Chart } from "./Chart";
import type { CurveFeed } from "./CurveFeed";

/** A run as charts show it: nobody else has its slot. */
export interface Drawable {
  id: string;
  name: string;
  slot: number;
}

interface ChartCardProps {
  name: string;
  feed: CurveFeed;
  runs: Drawable[]; // those that are not hidden
  view: View;
  zoom: (range: Range | null) => void;
}

export function ChartCard({ name, feed, runs, view, zoom }: ChartCardProps) {
  const card = useRef<HTMLElement>(null);
  const [near, setNear] = useState(false);
  const [beat, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => setNear(entry!.isIntersecting), { rootMargin: "300px" });
    watcher.observe(card.current!);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => (near ? feed.watch(name, () => draw(0)) : undefined), [near, name, feed]);
  const lines = useMemo(() => {
    const curves = near ? feed.curves(name) : undefined;
    return curves?.flatMap((curve) => {
      const run = runs.find((one) => one.id === curve.run_id);
      return run ? [{ ...run, curve }] : [];
    });
  }, [near, beat, feed, name, runs]);
  const shown = lines?.reduce((sum, { curve }) => sum + curve.steps.length, 0) ?? 0;
  const total = lines?.reduce((sum, { curve }) => sum + curve.total, 0) ?? 0;
  return (
    <article class="card" ref={card} data-metric={name}>
      <h3 class="cut" title={name} dir="auto">
        {name}
      </h3>
      <div class="drawing">
        {lines && lines.length > 0 && <Chart title={name} lines={lines} view={view} zoom={zoom} sync="metrics" />}
        {lines?.length === 0 && <p class="none">{t(view.range ? "nothingInRange" : "nothingFound")}</p>}
      </div>
      <p class="caption">{total > 0 && t(shown < total ? "pointsThinned" : "pointsAll", { shown, total })}</p>
    </article>
  );
}
