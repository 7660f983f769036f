/** What a value is between some points at which it is known: areas of equal height, as on a map. */

import { contours } from "d3-contour";

export interface Known {
  x: number; // places from 0 to 1
  y: number;
  value: number; // from 0 to 1
}

export interface Area {
  value: number; // all of it is at least this high
  rings: [number, number][][]; // of places; one within another is a hole
}

const CELLS = 48; // along each side of the map
const SIDE = CELLS + 2;
const LEVELS = 9;

/** From the lowest to the highest, each lying on the one before. Empty where fewer than three points are known. */
export function areas(known: Known[]): Area[] {
  if (known.length < 3) return [];
  const grid = heights(known);
  const low = Math.min(...grid);
  const step = (Math.max(...grid) - low) / LEVELS;
  const thresholds = Array.from({ length: LEVELS }, (_, at) => low + at * step);
  const found = contours().size([SIDE, SIDE]).thresholds(thresholds)(grid);
  return found.map(({ value, coordinates }) => ({
    value: value + step / 2,
    rings: coordinates.flat().map((ring) => ring.map(([x, y]) => [placeOf(x!), placeOf(y!)])),
  }));
}

/** The outermost cells lie beyond the map, so that it has whole corners. */
function placeOf(along: number): number {
  return Math.min(1, Math.max(0, (along - 1) / CELLS));
}

/** Each point weighs by the inverse square of its distance, so that the surface goes through all of them. */
function heights(known: Known[]): number[] {
  return Array.from({ length: SIDE * SIDE }, (_, cell) => {
    const x = ((cell % SIDE) - 0.5) / CELLS;
    const y = (Math.floor(cell / SIDE) - 0.5) / CELLS;
    let sum = 0;
    let weights = 0;
    for (const point of known) {
      const weight = 1 / ((point.x - x) ** 2 + (point.y - y) ** 2 + 1e-9);
      sum += weight * point.value;
      weights += weight;
    }
    return sum / weights;
  });
}
