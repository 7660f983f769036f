import { describe, expect, test } from "vitest";
import type { ExperimentRow } from "../api/types";
import { read, spell } from "./fields";
import { faultyAt, reason, unfinished } from "./filter";
import { ofMlflow } from "./links";
import { ago, asNumber, duration, fullTime, heard, shortNumber } from "./numbers";
import { readOrder, readState, writeOrder, writeState } from "./tableState";
import { treeRows } from "./tree";
import { keptOf, shownAs } from "./views";

describe("fields", () => {
  test.each(["loss", "val/loss", "a b", "it`s", "x.y", "über", "(1)"])("%s is read as it was spelled", (key) => {
    for (const kind of ["metric", "minimum", "maximum", "parameter", "tag"] as const) {
      expect(read(spell({ kind, key }))).toEqual({ kind, key });
    }
  });
  test("what is no field is none", () => {
    expect([read("loss"), read("nonsense.a"), read("metrics.")]).toEqual([null, null, null]);
  });
});

describe("the state of the table", () => {
  test("comes back from its address as it went in", () => {
    const state = {
      filter: "metrics.a < 1 AND tags.b = 'x & y'",
      search: "ä b",
      order: writeOrder({ field: { kind: "minimum", key: "a b" }, ascending: false }),
      columns: [
        { field: { kind: "metric" as const, key: "a,b" }, pinned: true },
        { field: { kind: "attribute" as const, key: "user_id" }, pinned: false },
      ],
      trash: true,
      differing: false,
      tree: true,
      group: { kind: "parameter" as const, key: "a b" },
      open: ["=x y=", "run"],
      heat: [{ field: { kind: "metric" as const, key: "a b" }, best: "low" as const }],
      widths: [{ field: { kind: "attribute" as const, key: "run_name" }, width: 320 }],
    };
    expect(readState(toQuery(writeState(state)))).toEqual(state);
    expect(readOrder(state.order)).toEqual({ field: { kind: "minimum", key: "a b" }, ascending: false });
  });
  test("no columns are not the same as columns that nobody chose", () => {
    const none = readState(new URLSearchParams());
    expect(none.columns).toBeNull();
    expect(readState(toQuery(writeState({ ...none, columns: [] }))).columns).toEqual([]);
  });
  function toQuery(written: ReturnType<typeof writeState>): URLSearchParams {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(written)) for (const one of [value ?? []].flat()) query.append(name, one);
    return query;
  }
});

describe("help with filters", () => {
  test("a refusal points at its character, or at the end", () => {
    expect(faultyAt("Expected a value. See character 3: 'x'.", "a x")).toBe(2);
    expect(faultyAt("Expected more. See the end of 'a <'.", "a <")).toBe(3);
    expect(faultyAt("It is too long.", "a")).toBeNull();
    expect(reason("Invalid clause(s) in filter string: no. See character 3: 'x'.")).toBe("no.");
  });
  test.each([
    ["metrics.lo", { from: 0, kind: "metric", prefix: "metrics", start: "lo" }],
    ["a = 'b' AND (min.`val l", { from: 13, kind: "metric", prefix: "min", start: "val l" }],
    ["tags.", { from: 0, kind: "tag", prefix: "tags", start: "" }],
    ["met", { from: 0, kind: null, prefix: "", start: "met" }],
    ["a = 'b' AND params.`x y` = 'it''s", { from: 27, kind: "value", prefix: "params.`x y`", start: "it's" }],
    ["tags.a LIKE '", { from: 12, kind: "value", prefix: "tags.a", start: "" }],
  ])("%s can be completed", (text, expected) => {
    expect(unfinished(text, text.length)).toMatchObject({ ...expected, to: text.length });
  });
  test.each(["metrics.a = ", "tags.a = 'met'", "tags.a < 'met", ""])("nothing is offered after %s", (text) => {
    expect(unfinished(text, text.length)).toBeNull();
  });
});

describe("names as a tree", () => {
  const one = (name: string, runs: number): ExperimentRow => ({
    experiment_id: name,
    name,
    lifecycle_stage: "active",
    creation_time: 0,
    last_activity: runs * 10,
    runs,
    note: "",
    tags: [],
  });
  const all = [one("a/b/c", 1), one("a/b/d", 2), one("a/e", 4), one("f", 8), one("//", 0)];
  test("folders come first and sum up what is below them", () => {
    expect(treeRows(all, new Set()).map((row) => [row.depth, row.label, row.runs, row.lastActivity])).toEqual([
      [0, "a", 7, 40],
      [1, "b", 3, 20],
      [2, "c", 1, 10],
      [2, "d", 2, 20],
      [1, "e", 4, 40],
      [0, "f", 8, 80],
      [0, "//", 0, 0],
    ]);
  });
  test("a closed folder still sums up", () => {
    expect(treeRows(all, new Set(["a/"])).map((row) => [row.label, row.runs])).toEqual([
      ["a", 7],
      ["f", 8],
      ["//", 0],
    ]);
  });
});

describe("numbers and times", () => {
  test.each([
    [0, "0"],
    [1234567, "1,234,567"],
    [0.123456789, "0.12346"],
    [0.00001234, "1.234e-5"],
    [12345678.9, "1.2346e7"],
    [-0.5, "-0.5"],
    ["NaN", "NaN"],
    ["Infinity", "∞"],
    [null, ""],
  ])("%s is shown as %s", (value, text) => expect(shortNumber(value, "en")).toBe(text));
  test("NaN and the infinities are numbers again", () => {
    expect(["NaN", "Infinity", "-Infinity", null, 1.5].map(asNumber)).toEqual([NaN, Infinity, -Infinity, NaN, 1.5]);
  });
  test.each([
    [900, "0.9s"],
    [61_000, "1m 1s"],
    [7_380_000, "2h 3m"],
    [200_000_000, "2d 7h"],
    [1, "0.001s"],
    [-1, ""],
  ])("%s ms last %s", (ms, text) => expect(duration(ms, "en")).toBe(text));
  test("the reader's language has its own decimal sign", () => expect(duration(4900, "es")).toBe("4,9s"));
  test("what was heard of a moment ago is heard of now", () => {
    expect([heard(1000, 15_000), heard(1000, 20_000), heard(null, 1)]).toEqual([15_000, 1000, null]);
  });
  test("a time that is none is shown as its number", () => {
    expect(fullTime(9e18, "en")).toBe("9000000000000000000");
    expect(ago(1_000, 3_601_000, "en")).toBe("1 hr. ago");
  });
});

describe("a saved view", () => {
  test("keeps what is shown and how, not what is open at the moment, and takes the place of all that was chosen", () => {
    const kept = keptOf(new URLSearchParams("column=metrics.a&column=params.b&smooth=0.6&open=x&view=old&from=1&to=2"));
    expect(kept).toBe("column=metrics.a&column=params.b&smooth=0.6");
    const changes = shownAs("new", kept, new URLSearchParams("filter=x&column=metrics.z"));
    expect(changes).toEqual({ filter: null, column: ["metrics.a", "params.b"], smooth: ["0.6"], view: "new" });
  });
});

describe("links that MLflow's clients and pages make", () => {
  test.each([
    ["#/experiments/1/runs/0af9", "runs/0af9"],
    ["#/experiments/1/runs/0af9/artifacts/model", "runs/0af9"],
    ["#/experiments/1?searchFilter=&viewMode=x", "experiments/1/runs"],
    ["#/models/risk%20model/versions/2", "models/risk%20model/2"],
    ["#/models/risk", "models/risk"],
    ['#/compare-runs?runs=["a","b"]&experiments=["1"]', "compare?run=a&run=b"],
    ["#/compare-runs?runs=%5B%22a%22", "compare?"],
    ["#main", null],
    ["", null],
  ])("%s leads to %s", (hash, ours) => expect(ofMlflow(hash)).toBe(ours));
});
