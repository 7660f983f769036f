/** What a file is by its name, how large, and how it is shown. */

export type Kind = "image" | "csv" | "parquet" | "data" | "markdown" | "notebook" | "document" | "text" | "audio" | "model" | "other";

const KINDS: [Kind, RegExp][] = [
  ["model", /^MLmodel$/],
  ["image", /\.(png|jpe?g|gif|webp|avif|bmp|ico|svg)$/i],
  ["csv", /\.(csv|tsv)$/i],
  ["parquet", /\.parquet$/i],
  ["data", /\.(json|ya?ml)$/i],
  ["markdown", /\.(md|markdown)$/i],
  ["notebook", /\.ipynb$/i],
  ["document", /\.(html?|pdf)$/i],
  ["audio", /\.(wav|mp3|ogg|oga|flac|m4a|opus)$/i],
  ["text", /\.(txt|log|err|out|cfg|conf|ini|toml|xml|js|ts|css|py|r|R|java|go|c|cpp|h|rs|rst|sh|sql|jsonl|ndjson|properties|lock|env|dot)$/],
  ["text", /^(MLproject|Dockerfile|Makefile|LICENSE|README|requirements.*)$/],
];

export function kindOf(name: string): Kind {
  return KINDS.find(([, pattern]) => pattern.test(name))?.[0] ?? "other";
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `1.5 MiB`. */
export function fileSize(bytes: number, locale: string): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${value.toLocaleString(locale, { maximumFractionDigits: power && value < 100 ? 1 : 0 })} ${UNITS[power]}`;
}

/** Whether the bytes are those of a text: no NUL, and (but for a cut last character) UTF-8. */
export function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, wholeCharacters(bytes)));
    return true;
  } catch {
    return false;
  }
}

/** The colours that programs write for terminals mean nothing here. */
export function withoutColours(text: string): string {
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");
}

function wholeCharacters(bytes: Uint8Array): number {
  let end = bytes.length;
  for (let back = 0; back < 3 && end > 0 && (bytes[end - 1] ?? 0) >= 0x80; back++) {
    end--;
    if ((bytes[end] ?? 0) >= 0xc0) break;
  }
  return end;
}
