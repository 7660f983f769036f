import { expect, test } from "vitest";
import { csvRows } from "./csvRows";
import { fileSize, isText, kindOf, withoutColours } from "./files";
import { folderRows, foldersAbove } from "./folders";
import { safeLink, safePicture } from "./links";
import { modelFile } from "./mlmodel";
import { notebookCells } from "./notebook";
import { compareRows, filterOf, plainBeginning } from "./registry";

test("a file is what its name says", () => {
  expect(["a/MLmodel", "x.SVG", "t.tsv", "n.ipynb", "p.pdf", "train.log", "model.pkl"].map((one) => kindOf(one.split("/").pop()!))).toEqual([
    "model", "image", "csv", "notebook", "document", "text", "other",
  ]);
});

test("sizes are short, in the units of memory", () => {
  expect([0, 1, 1023, 1024, 1536, 5 * 1024 ** 3, 1024 ** 6].map((one) => fileSize(one, "en"))).toEqual([
    "0 B", "1 B", "1,023 B", "1 KiB", "1.5 KiB", "5 GiB", "1,048,576 TiB",
  ]);
});

test("a text may be cut within a character, and bytes are no text", () => {
  const bytes = new TextEncoder().encode("señal €");
  expect(isText(bytes)).toBe(true);
  expect(isText(bytes.subarray(0, bytes.length - 1))).toBe(true);
  expect(isText(new Uint8Array([1, 0, 2]))).toBe(false);
  expect(isText(new Uint8Array([0x89, 0x50, 0x4e, 0x47]))).toBe(false);
  expect(withoutColours("\x1b[31mred\x1b[0m")).toBe("red");
});

test("CSV has quotes, separators and line ends in its cells", () => {
  expect(csvRows('\ufeffa,b\r\n"1,2","say ""hi""\n"\r\n,\n', ",", false)).toEqual([["a", "b"], ["1,2", 'say "hi"\n'], ["", ""]]);
  expect(csvRows("a\tb\n1\t2", "\t", false)).toEqual([["a", "b"], ["1", "2"]]);
  expect(csvRows("a,b\n1,2\n3,", ",", true)).toEqual([["a", "b"], ["1", "2"]]);
  expect(csvRows('a\n"open, never closed', ",", false)).toEqual([["a"], ["open, never closed"]]);
  expect(csvRows("", ",", false)).toEqual([]);
});

test("folders come before files, and what is closed has no rows", () => {
  const known = new Map([
    ["", [{ path: "b.txt", is_dir: false, file_size: 1 }, { path: "a", is_dir: true }]],
    ["a", [{ path: "a/c.txt", is_dir: false, file_size: 2 }]],
  ]);
  expect(folderRows(known, new Set()).map((row) => row.label)).toEqual(["a", "b.txt"]);
  expect(folderRows(known, new Set(["a"])).map((row) => [row.label, row.depth])).toEqual([["a", 0], ["c.txt", 1], ["b.txt", 0]]);
  expect(foldersAbove("a/b/c.txt")).toEqual(["", "a", "a/b"]);
  expect(foldersAbove("")).toEqual([""]);
});

test("links lead to pages only, and pictures come with the data", () => {
  expect(safeLink("https://example.org/a b")).toBe("https://example.org/a%20b");
  for (const evil of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x", "/api", "blob:x"]) {
    expect(safeLink(evil), evil).toBeNull();
  }
  expect(safePicture("data:image/png;base64,AA")).not.toBeNull();
  expect(safePicture("data:text/html,<script>")).toBeNull();
  expect(safePicture("https://example.org/track.png")).toBeNull();
});

test("a notebook gives its richest outputs, whatever else is in it", () => {
  const data = { "text/html": ["<b>", "x</b>"], "text/plain": "x" };
  const cells = notebookCells({ cells: [{ cell_type: "code", source: ["a\n", "b"], outputs: [{ data }, { text: "\x1b[1mhi" }, 7, null] }, "junk"] });
  expect(cells[0]?.source).toBe("a\nb");
  expect(cells[0]?.outputs).toEqual([{ kind: "html", html: "<b>x</b>" }, { kind: "text", text: "hi" }]);
  expect(notebookCells(null)).toEqual([]);
  expect(notebookCells({ worksheets: [{ cells: [{ cell_type: "code", input: "1" }] }] })[0]?.source).toBe("1");
});

test("an MLmodel says what goes in and out", () => {
  const inputs = JSON.stringify([{ name: "age", type: "long", required: false }, { type: "tensor", "tensor-spec": { dtype: "float32", shape: [-1, 3] } }]);
  const file = modelFile({ flavors: { sklearn: { sklearn_version: "1.7" } }, signature: { inputs, outputs: "no JSON" } });
  expect(file.flavors).toEqual([{ name: "sklearn", version: "1.7" }]);
  expect(file.signature?.inputs).toEqual([
    { name: "age", type: "long", required: false },
    { name: "1", type: "float32 [-1,3]", required: true },
  ]);
  expect(file.signature?.outputs).toEqual([]);
  expect(modelFile("nonsense")).toEqual({ flavors: [], signature: null, facts: [] });
});

test("words and a filter become one filter, quotes and all", () => {
  expect(filterOf("", "")).toBe("");
  expect(filterOf("o'neil churn", "tags.a = 'b' OR tags.a = 'c'")).toBe(
    "name ILIKE '%o''neil%' AND name ILIKE '%churn%' AND (tags.a = 'b' OR tags.a = 'c')",
  );
  expect(plainBeginning("# Churn\n\nsee [the issue](https://example.org) **now**")).toBe("Churn see the issue now");
});

test("a comparison has a row for each name and says where versions differ", () => {
  const rows = compareRows([new Map([["depth", "6"], ["lr", "0.1"]]), new Map([["depth", "6"]])]);
  expect(rows).toEqual([
    { name: "depth", cells: ["6", "6"], differs: false },
    { name: "lr", cells: ["0.1", null], differs: true },
  ]);
});
