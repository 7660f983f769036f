/** Jupyter notebooks (nbformat 3 and 4) as cells to show; whatever is not of its form is left out. */

import { withoutColours } from "./files";

export type Output =
  | { kind: "text"; text: string; failed?: boolean }
  | { kind: "html"; html: string }
  | { kind: "markdown"; text: string }
  | { kind: "picture"; address: string };

export interface Cell {
  kind: "markdown" | "code" | "raw";
  source: string;
  count: number | null;
  outputs: Output[];
}

type Bag = Record<string, unknown>;

export function notebookCells(value: unknown): Cell[] {
  const sheets = list(bag(value)["worksheets"]);
  const cells = sheets.length ? sheets.flatMap((sheet) => list(bag(sheet)["cells"])) : list(bag(value)["cells"]);
  return cells.map((one) => {
    const cell = bag(one);
    const count = cell["execution_count"] ?? cell["prompt_number"];
    return {
      kind: cell["cell_type"] === "code" ? "code" : cell["cell_type"] === "markdown" ? "markdown" : "raw",
      source: lines(cell["source"] ?? cell["input"]),
      count: typeof count === "number" ? count : null,
      outputs: list(cell["outputs"]).map(output).filter((found) => found !== null),
    };
  });
}

function output(value: unknown): Output | null {
  const found = bag(value);
  if (found["output_type"] === "error" || found["output_type"] === "pyerr") {
    const trace = list(found["traceback"]).map(String).join("\n");
    return { kind: "text", text: withoutColours(trace || `${found["ename"]}: ${found["evalue"]}`), failed: true };
  }
  if ("text" in found) return { kind: "text", text: withoutColours(lines(found["text"])) };
  return richest(bag(found["data"] ?? found));
}

function richest(data: Bag): Output | null {
  for (const type of ["image/png", "image/jpeg", "image/gif"]) {
    if (data[type]) return { kind: "picture", address: `data:${type};base64,${lines(data[type]).replace(/\s/g, "")}` };
  }
  const svg = lines(data["image/svg+xml"]);
  if (svg) return { kind: "picture", address: `data:image/svg+xml,${encodeURIComponent(svg)}` };
  const html = lines(data["text/html"]);
  if (html) return { kind: "html", html };
  const markdown = lines(data["text/markdown"]);
  if (markdown) return { kind: "markdown", text: markdown };
  const text = lines(data["text/plain"]);
  return text ? { kind: "text", text: withoutColours(text) } : null;
}

function bag(value: unknown): Bag {
  return typeof value === "object" && value !== null ? (value as Bag) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function lines(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(String).join("") : "";
}
