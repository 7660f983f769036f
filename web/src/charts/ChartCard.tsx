/** One metric's chart: made when it comes into view, with the number of points that it stands for. */

import { useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { Range, View } from "../calc/chartState";
import { t } from "../state/preferences";
import { Chart } from "./Chart";
import type { CurveFeed } from "./CurveFeed";

/** A run as charts show it, or several as one: nobody else has its slot. */
export interface Drawable {
  id: string;
  name: string;
  slot: number;
  members?: string[]; // the runs that it stands for; left out: itself
}

interface ChartCardProps {
  name: string;
  feed: CurveFeed;
  shown: Drawable[]; // what is not hidden
  view: View;
  zoom: (range: Range | null) => void;
}

export function ChartCard({ name, feed, shown, view, zoom }: ChartCardProps) {
  const card = useRef<HTMLElement>(null);
  const [near, setNear] = useState(false);
  const [beat, draw] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    const { top } = card.current!.getBoundingClientRect();
    setNear(card.current!.checkVisibility() && top < window.innerHeight); // the watcher tells it only a frame later
    const watcher = new IntersectionObserver(([entry]) => setNear(entry!.isIntersecting), { rootMargin: "300px" });
    watcher.observe(card.current!);
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => (near ? feed.watch(name, () => draw(0)) : undefined), [near, name, feed]);
  const lines = useMemo(() => {
    const curves = near ? feed.curves(name) : undefined;
    const of = new Map(curves?.map((curve) => [curve.run_id, curve]));
    const found = shown.map((one) => {
      const own = (one.members ?? [one.id]).map((run) => of.get(run)).filter((curve) => curve !== undefined);
      return { ...one, curves: own };
    });
    return curves && found.filter((line) => line.curves.length > 0);
  }, [near, beat, feed, name, shown]);
  const drawn = lines?.flatMap((line) => line.curves) ?? [];
  const points = drawn.reduce((sum, curve) => sum + curve.steps.length, 0);
  const total = drawn.reduce((sum, curve) => sum + curve.total, 0);
  const logged = drawn.reduce((sum, curve) => sum + (curve.logged ?? 0), 0);
  return (
    <article class="card" ref={card} data-metric={name}>
      <h3 class="cut" title={name} dir="auto">
        {name}
      </h3>
      <div class="drawing">
        {lines && lines.length > 0 && <Chart title={name} lines={lines} view={view} zoom={zoom} sync="metrics" />}
        {lines?.length === 0 && <p class="none">{t(view.range ? "nothingInRange" : "nothingFound")}</p>}
      </div>
      <p class="caption">
        {total > 0 && t(points < total ? "pointsThinned" : "pointsAll", { shown: points, total })}
        {logged > 0 && ` ${t("pointsRetained", { logged })}`}
      </p>
    </article>
  );
}
