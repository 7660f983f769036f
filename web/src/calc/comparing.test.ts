import { describe, expect, test } from "vitest";
import { areas } from "./surface";
import { boxes, quantile } from "./boxes";
import { readCompare, writeBrush, writeFields } from "./compareState";
import { imageSeries, isImage, pictureAt } from "./imageSeries";
import { distinct } from "./names";
import { axisTime } from "./numbers";
import { numeric, rounds, scaleOf } from "./scales";

describe("what is compared", () => {
  test("comes back from the address as it went in", () => {
    const fields = [{ kind: "parameter" as const, key: "a b" }, { kind: "minimum" as const, key: "loss" }];
    const brushes = [{ field: fields[0]!, from: 0.25, to: 1 }];
    const query = new URLSearchParams([["run", "r1"], ["run", "r2"], ["run", "r1"], ["run", ""], ["tab", "scatter"]]);
    for (const one of writeFields(fields)) query.append("field", one);
    query.append("brush", writeBrush(brushes[0]!));
    query.append("hide", "r2");
    expect(readCompare(query)).toEqual({
      runs: ["r1", "r2"],
      tab: "scatter",
      hidden: ["r2"],
      metrics: [],
      fields,
      brushes,
    });
  });
  test.each(["0.5 0.2 params.a", "x y params.a", "0 1", "0 2 params.a"])("%s marks nothing", (brush) => {
    expect(readCompare(new URLSearchParams({ brush, tab: "nonsense" }))).toMatchObject({ brushes: [], tab: "curves" });
  });
  test("runs of one name are told apart by their ids", () => {
    expect(distinct(["a", "b", "a"], ["1234567", "2", "7654321"])).toEqual(["a (123456)", "b", "a (765432)"]);
  });
});

describe("scales", () => {
  test.each([
    ["0.1", 0.1],
    [" 1e-3 ", 0.001],
    ["-.5", -0.5],
    ["inf", Infinity],
    ["-Infinity", -Infinity],
    ["0x10", null],
    ["", null],
    ["adam", null],
    [3, 3],
  ])("the param %s is the number %s", (text, number) => expect(numeric(text)).toBe(number));
  test("NaN is a number that has no place", () => {
    const scale = scaleOf(["1", "nan", null, 3], "en");
    expect([scale.kind, scale.place("nan"), scale.place(null)]).toEqual(["number", null, null]);
    expect(scale.place("1")!).toBeLessThan(scale.place(3)!);
  });
  test("numbers over orders of magnitude stand by their logarithm, unless 0 is among them", () => {
    const scale = scaleOf(["0.001", "0.01", "0.1"], "en");
    expect(scale.kind).toBe("log");
    expect(scale.place("0.01")).toBeCloseTo(0.5);
    expect(scale.ticks.map((tick) => tick.label)).toEqual(["0.001", "0.01", "0.1"]);
    expect(scaleOf(["0", "0.1", "1000"], "en").kind).toBe("number");
  });
  test("one text among numbers makes all of them names, in the order that people count in", () => {
    const scale = scaleOf(["10", "9", "x", null], "en");
    expect([scale.kind, scale.names]).toEqual(["name", ["9", "10", "x"]]);
    expect(scale.place("x")).toBeCloseTo(5 / 6);
  });
  test("where all is one value it stands in the middle; where there is none, there is no tick", () => {
    expect([scaleOf([2, 2], "en").place(2), scaleOf([2], "en").ticks.length]).toEqual([0.5, 1]);
    expect(scaleOf(["NaN"], "en").ticks).toEqual([]);
    expect(scaleOf([], "en").ticks).toEqual([]);
  });
  test.each([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [-3, 17, [0, 5, 10, 15]],
    [1e300, 1e300, [1e300]],
  ])("between %s and %s stand %s", (low, high, ticks) => expect(rounds(low, high)).toEqual(ticks));
  test("an axis of times says the day where that tells more than the hour", () => {
    const noon = new Date(2026, 4, 3, 12, 5, 9).getTime() / 1000;
    const midnight = new Date(2026, 4, 3).getTime() / 1000;
    expect(axisTime(noon, 5, "en-GB")).toBe("12:05:09");
    expect(axisTime(noon, 300, "en-GB")).toBe("12:05");
    expect(axisTime(midnight, 3600, "en-GB")).toBe("3 May");
    expect(axisTime(1e300, 5, "en")).toBe("");
  });
});

describe("boxes", () => {
  test.each([
    [0.5, 2.5],
    [0.25, 1.75],
    [1, 4],
  ])("the quantile %s of 1 to 4 is %s", (share, value) => expect(quantile([1, 2, 3, 4], share)).toBe(value));
  test("each name has its own, and whiskers end before what lies far out", () => {
    const values = [1, 2, 3, 4, 100, "NaN", null, 7];
    const names = ["a", "a", "a", "a", "a", "a", "a", "b"];
    const [a, b] = boxes(values, names);
    expect(a).toMatchObject({ name: "a", count: 5, low: 1, q1: 2, median: 3, q3: 4, high: 4 });
    expect(a!.points.map((point) => point.run)).toEqual([0, 1, 2, 3, 4]);
    expect(b).toMatchObject({ name: "b", count: 1, low: 7, median: 7, high: 7 });
  });
  test("runs without the param are in none", () => expect(boxes([1], [null])).toEqual([]));
});

describe("images", () => {
  test("those that clients number belong together, their small twins left out", () => {
    const found = imageSeries([
      "images/val~mask+step+10+timestamp+17+aa-1.png",
      "images/val~mask+step+2+timestamp+16+bb-2.png",
      "images/val~mask+step+2+timestamp+16+bb-2+compressed.webp",
      "images/old%step%3%timestamp%16%cc.png",
    ]);
    expect([...found].map(([name, pictures]) => [name, pictures.map((one) => one.step)])).toEqual([
      ["images/val/mask", [2, 10]],
      ["images/old", [3]],
    ]);
  });
  test("others belong together by the last number in their paths", () => {
    const found = imageSeries(["epoch-1/a.png", "epoch-2/a.png", "plot.svg", "sample_007.JPG", "notes.txt"]);
    expect([...found.keys()]).toEqual(["epoch-#/a.png", "plot.svg", "sample_#.JPG"]);
    expect(found.get("plot.svg")![0]!.step).toBeNull();
    expect([isImage("a.png"), isImage("a.png.txt")]).toEqual([true, false]);
  });
  test("at a step stands the last one before it, or the first of all", () => {
    const pictures = [2, 10].map((step) => ({ path: String(step), step }));
    expect([1, 2, 9, 50].map((step) => pictureAt(pictures, step)?.path)).toEqual(["2", "2", "2", "10"]);
    expect(pictureAt([], 1)).toBeUndefined();
  });
});

describe("areas of equal height", () => {
  const known = [0, 0.5, 1].flatMap((x) => [0, 1].map((y) => ({ x, y, value: x })));
  test("begin with the whole map and shrink towards the heights", () => {
    const found = areas(known);
    const reach = (at: number) => Math.min(...found[at]!.rings.flat().map(([x]) => x));
    expect([reach(0), reach(8) > 0.6, found.length]).toEqual([0, true, 9]);
  });
  test("need three points", () => {
    expect(areas(known.slice(0, 2))).toEqual([]);
  });
});
