/** CSV (RFC 4180, also with tabs) as rows of texts. */

/** `cut`: the text is the beginning of a longer one, whose last line may be incomplete and is left out. */
export function csvRows(text: string, separator: string, cut: boolean): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const { value, end } = cell(text, at, separator);
    row.push(value);
    at = end + 1;
    const goesOn = end < text.length && text[end] === separator;
    if (goesOn && at < text.length) continue;
    if (cut && (goesOn || end >= text.length)) return rows;
    if (goesOn) row.push("");
    if (text[end] === "\r" && text[end + 1] === "\n") at++;
    rows.push(row);
    row = [];
  }
  return rows;
}

function cell(text: string, start: number, separator: string): { value: string; end: number } {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
    return { value: text.slice(start, end), end };
  }
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return { value: value + text.slice(at), end: text.length };
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}
