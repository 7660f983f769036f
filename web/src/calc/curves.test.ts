import { describe, expect, test } from "vitest";
import type { Curve } from "../api/types";
import { banded } from "./bands";
import { onAxis, PLAIN, rangeBetween, readView, writeView, type View } from "./chartState";
import { unpacked } from "./packed";
import { drawn, extend, grouped, joined, lastPlace, smoothed, sparkline } from "./curves";

const column = (...numbers: number[]) => Float64Array.from(numbers);
const curve = (steps: number[], values: number[], total = steps.length): Curve => ({
  run_id: "r",
  key: "k",
  total,
  began: 5,
  logged: null,
  steps: column(...steps),
  timestamps: column(...steps.map((step) => step * 10 + 5)),
  values: column(...values),
  means: column(),
  places: column(),
});

describe("a curve that grows", () => {
  test("has nothing twice", () => {
    const grown = extend(curve([0, 1, 2], [1, 2, 3], 300), curve([2, 3, 4], [3, 4, 5]));
    expect([grown.steps, grown.values, grown.total]).toEqual([column(0, 1, 2, 3, 4), column(1, 2, 3, 4, 5), 302]);
    expect(extend(grown, curve([4], [5]))).toBe(grown);
  });
  test("grows along time by time, also where steps go back", () => {
    const before = { ...curve([7], [1]), timestamps: column(10) };
    const more = { ...curve([7, 2], [1, 9]), timestamps: column(10, 20) };
    expect(extend(before, more, "time").values).toEqual(column(1, 9));
    expect(extend(before, more, "step").values).toEqual(column(1));
  });
  test("keeps the means of its thinned part", () => {
    const grown = extend({ ...curve([0, 5], [1, 2], 9), means: column(3, 4) }, curve([5, 6], [2, 7]));
    expect(grown.means).toEqual(column(3, 4, 7));
  });
  test.each([
    ["step", 2],
    ["time", 25],
    ["relative", 20],
  ] as const)("is known along %s up to %s", (x, place) => expect(lastPlace(curve([0, 2], [1, 1]), x)).toBe(place));
});

test("columns that follow their JSON are read where they stand", () => {
  const bytes = new ArrayBuffer(40);
  new DataView(bytes).setUint32(0, 12, true);
  new Uint8Array(bytes, 4).set(new TextEncoder().encode('{"a":[2,1]} '));
  new Float64Array(bytes, 16).set([1, NaN, 3]);
  const { head, column: next } = unpacked(bytes);
  expect(head).toEqual({ a: [2, 1] });
  expect([next(2), next(1)]).toEqual([column(1, NaN), column(3)]);
});

describe("a curve as it is drawn", () => {
  test("has a gap with a mark for what is no number", () => {
    expect(drawn(curve([0, 1, 2], [1, NaN, -Infinity]), PLAIN)).toEqual({
      x: [0, 1, 2],
      y: [1, null, null],
      mean: [1, null, null],
      smooth: null,
      marks: [
        { x: 1, sign: "NaN" },
        { x: 2, sign: "−∞" },
      ],
      unshown: 0,
    });
  });
  test("goes along seconds since its first point, or since 1970", () => {
    expect(drawn(curve([0, 100], [1, 2]), { ...PLAIN, x: "relative" }).x).toEqual([0, 1]);
    expect(drawn(curve([0, 100], [1, 2]), { ...PLAIN, x: "time" }).x).toEqual([0.005, 1.005]);
  });
  test("says how many points a logarithmic axis has no place for", () => {
    const found = drawn(curve([0, 1, 2, 3], [1, 0, -1, 2]), { ...PLAIN, logY: true });
    expect([found.x, found.unshown]).toEqual([[0, 3], 2]);
    expect(drawn(curve([0, 1], [1, 1]), { ...PLAIN, logX: true }).x).toEqual([1]);
  });
  test("is smoothed by the means of what its points stand for", () => {
    const found = drawn({ ...curve([0, 9], [100, -100], 10), means: column(1, 1) }, { ...PLAIN, smooth: 0.5 });
    expect(found.smooth).toEqual([1, 1]);
  });
});

describe("smoothing", () => {
  test("leaves what does not change as it is, and gaps where they are", () => {
    expect(smoothed([3, 3, null, 3], 0.9).map((value) => value && Number(value.toFixed(9)))).toEqual([3, 3, null, 3]);
  });
  test("weighs what lies n points back by the weight to the power of n", () => {
    expect(smoothed([0, 1], 0.5)[1]).toBeCloseTo(1 / 1.5);
    expect(smoothed([4, 0, 0], 0.5)[2]).toBeCloseTo((4 * 0.25) / 1.75);
  });
});

describe("curves on one axis", () => {
  test("stand where their points are, and have nothing elsewhere", () => {
    const { x, columns } = joined([
      { x: [0, 2], columns: [[1, null]] },
      { x: [1, 2], columns: [[3, 4]] },
    ]);
    expect(x).toEqual([0, 1, 2]);
    expect(columns).toEqual([
      [1, undefined, null],
      [undefined, 3, 4],
    ]);
  });
  test("lose no point where a place comes several times", () => {
    const { x, columns } = joined([
      { x: [1, 1, 1, 2], columns: [[5, 9, 6, 7]] },
      { x: [1, 2, 2], columns: [[1, 2, 3]] },
    ]);
    expect(x).toEqual([1, 1, 1, 2, 2]);
    expect(columns.map((column) => column.filter((value) => value !== undefined))).toEqual([
      [5, 9, 6, 7],
      [1, 2, 3],
    ]);
  });
});

describe("how charts are drawn", () => {
  test("comes back from the address as it went in", () => {
    const view: View = { ...PLAIN, x: "relative", logX: true, logY: true, smooth: 0.6, range: { from: -5, to: 20 } };
    const along: View = { ...PLAIN, x: "metric", against: "a b", band: { kind: "parameter", key: "lr" }, range: { from: 0.5, to: 0.75 } };
    const query = (one: View) => new URLSearchParams(Object.entries(writeView(one)).filter((pair): pair is [string, string] => pair[1] !== null));
    expect([view, along].map((one) => readView(query(one)))).toEqual([view, along]);
    expect(Object.values(writeView(PLAIN)).every((value) => value === null)).toBe(true);
  });
  test.each(["from=5&to=1", "x=metric", "smooth=-3&x=nonsense", "smooth=NaN", "from=a&to=b"])("%s is as if nothing was said", (text) => {
    expect(readView(new URLSearchParams(text))).toEqual(PLAIN);
  });
  test("a stretch that is chosen holds whole steps, and at least one", () => {
    expect(rangeBetween(1.2, 3.4, "step")).toEqual({ from: 1, to: 4 });
    expect(rangeBetween(0.0001, 0.0002, "relative")).toEqual({ from: 0, to: 1 });
    expect(onAxis(1500, "time")).toBe(1.5);
    expect(rangeBetween(0.25, 0.5, "metric")).toEqual({ from: 0.25, to: 0.5 });
  });
});

describe("several curves as one", () => {
  const one = drawn(curve([0, 10], [0, 10]), PLAIN);
  const other = drawn(curve([5, 15], [1, 3]), PLAIN);
  test("have their mean between the least and the greatest, each from its first point to its last", () => {
    expect(banded([one, other])).toEqual({ x: [0, 5, 10, 15], mean: [0, 3, 6, 3], low: [0, 1, 2, 3], high: [0, 5, 10, 3] });
  });
  test("leave out what is no number", () => {
    expect(banded([drawn(curve([0, 1, 2], [1, NaN, 3]), PLAIN)]).mean).toEqual([1, 2, 3]);
    expect(banded([])).toEqual({ x: [], mean: [], low: [], high: [] });
  });
  test("lie along the values of another metric", () => {
    expect(drawn({ ...curve([3, 1], [7, 8]), places: column(0.5, 2) }, { ...PLAIN, x: "metric", against: "seen" }).x).toEqual([0.5, 2]);
  });
});

test("a sparkline breaks off at a gap and needs two points", () => {
  expect(sparkline([0, 1, NaN, 0, 1], 40, 12)).toMatch(/^M0\.0 11\.0L10\.0 1\.0M30\.0 11\.0L40\.0 1\.0$/);
  expect(sparkline([1], 40, 12)).toBe("");
});
test("a name belongs to what stands before its last slash", () => {
  expect(grouped(["system/gpu", "a/b/c", "loss", "a/b/d"])).toEqual([["a/b", ["a/b/c", "a/b/d"]], ["", ["loss"]], ["system", ["system/gpu"]]]);
});
