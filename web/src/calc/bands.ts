/** Several curves as one: at each place their mean, and the least and the greatest of them. */

import type { Drawn } from "./curves";

type Heights = (number | null)[];

export interface Band {
  x: number[];
  mean: Heights;
  low: Heights;
  high: Heights;
}

/** A curve counts from its first point to its last; between two of its points it lies on the line that joins them. */
export function banded(curves: Drawn[]): Band {
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((one, other) => one - other);
  const means = curves.map((curve) => along(curve.x, curve.smooth ?? curve.mean, x));
  const heights = curves.map((curve) => along(curve.x, curve.y, x));
  const low = folded(heights, x, (all) => Math.min(...all));
  const high = folded(heights, x, (all) => Math.max(...all));
  return { x, mean: folded(means, x, mean), low, high };
}

function mean(values: number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

function folded(curves: Heights[], x: number[], fold: (values: number[]) => number): Heights {
  return x.map((_, at) => {
    const there = curves.map((curve) => curve[at] ?? null).filter((one) => one !== null);
    return there.length ? fold(there) : null;
  });
}

/** The curve's height at each of `places`, which ascend as `x` does; null before its first point and after its last. */
function along(x: number[], y: Heights, places: number[]): Heights {
  const known = x.map((place, at) => ({ place, height: y[at] ?? null })).filter(isKnown);
  let next = 0; // the first point that does not lie before the place
  return places.map((place) => {
    while (next < known.length && known[next]!.place < place) next++;
    const after = known[next];
    if (!after) return null;
    if (after.place === place) return after.height;
    const before = known[next - 1];
    if (!before) return null;
    return before.height + ((after.height - before.height) * (place - before.place)) / (after.place - before.place);
  });
}

function isKnown(point: { place: number; height: number | null }): point is { place: number; height: number } {
  return point.height !== null;
}
