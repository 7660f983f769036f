/** Rows as CSV by RFC 4180. */

import type { CellValue } from "./numbers";

export function csv(header: string[], rows: CellValue[][]): string {
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** A text that a spreadsheet would take for a formula gets a quote in front, so that opening a file runs nothing. */
function cell(value: CellValue): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) && !/^-?Infinity$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
