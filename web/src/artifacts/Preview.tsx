/** One file, shown as what it is. What comes from data is never HTML of this page. */

import { useState } from "preact/hooks";
import { artifacts, type Entry, type Owner } from "../api/artifacts";
import { baseName, fileSize, folderOf, kindOf, type Kind } from "../calc/files";
import { Markdown } from "../parts/Markdown";
import { useLoaded } from "../parts/useLoaded";
import { locale, t } from "../state/preferences";
import { CsvFile } from "./CsvFile";
import { Folding } from "./Folding";
import { ModelView } from "./ModelView";
import { Notebook } from "./Notebook";
import { ParquetFile } from "./ParquetFile";
import { Picture } from "./Picture";
import { TextFile } from "./TextFile";

const LARGEST_READ = 8 * 1024 * 1024; // bytes of a file that is read as a whole to be shown
const HAS_SOURCE: ReadonlySet<Kind> = new Set(["csv", "data", "markdown", "notebook", "document", "model"]);

export function Preview({ owner, entry }: { owner: Owner; entry: Entry }) {
  const [asText, setAsText] = useState(false);
  const name = baseName(entry.path);
  const size = entry.file_size ?? 0;
  const kind = kindOf(name);
  const switchable = (HAS_SOURCE.has(kind) && !/\.pdf$/i.test(name)) || /\.svg$/i.test(name);
  return (
    <section class="preview" aria-label={name}>
      <div class="bar">
        <h2 class="cut" title={entry.path} dir="auto">
          {name} <small>{fileSize(size, locale.value)}</small>
        </h2>
        <span class="space" />
        {switchable && (
          <button class="quiet" aria-pressed={asText} onClick={() => setAsText(!asText)}>
            {t("asText")}
          </button>
        )}
        <a class="button" href={artifacts.file(owner, entry.path)} download={name}>
          {t("download")}
        </a>
      </div>
      {asText ? <TextFile owner={owner} path={entry.path} size={size} /> : <Shown owner={owner} entry={entry} kind={kind} />}
    </section>
  );
}

function Shown({ owner, entry, kind }: { owner: Owner; entry: Entry; kind: Kind }) {
  const { path } = entry;
  const size = entry.file_size ?? 0;
  switch (kind) {
    case "image":
      return <Picture address={artifacts.file(owner, path)} name={path} />;
    case "csv":
      return <CsvFile owner={owner} path={path} />;
    case "parquet":
      return <ParquetFile owner={owner} path={path} size={size} />;
    case "document":
      return <Document owner={owner} path={path} />;
    case "audio":
      return <audio controls preload="metadata" src={artifacts.file(owner, path)} aria-label={path} />;
    case "model":
      return <ModelView owner={owner} folder={folderOf(path)} />;
    case "data":
    case "markdown":
    case "notebook":
      return size > LARGEST_READ ? <TextFile owner={owner} path={path} size={size} /> : <Read owner={owner} entry={entry} kind={kind} />;
    default:
      return <TextFile owner={owner} path={path} size={size} />;
  }
}

/** The frame has an origin of its own (the server says so as well): what runs there sees nothing of this page. */
function Document({ owner, path }: { owner: Owner; path: string }) {
  const address = artifacts.shown(owner, path);
  if (/\.pdf$/i.test(path)) return <iframe class="document" src={address} title={path} />;
  return <iframe class="document" src={address} title={path} sandbox="allow-scripts" referrerpolicy="no-referrer" />;
}

function Read({ owner, entry, kind }: { owner: Owner; entry: Entry; kind: "data" | "markdown" | "notebook" }) {
  const { value, failure } = useLoaded((stop) => read(owner, entry.path, kind, stop), [entry.path]);
  if (failure) return <Unreadable why={failure} owner={owner} entry={entry} />;
  if (!value) return null;
  if (kind === "markdown") return <Markdown text={String(value.content)} />;
  if (kind === "notebook") return <Notebook value={value.content} />;
  return (
    <div class="folding mono">
      <Folding value={value.content} />
    </div>
  );
}

function Unreadable({ why, owner, entry }: { why: string; owner: Owner; entry: Entry }) {
  return (
    <>
      <p class="failure">{t("unreadable", { why })}</p>
      <TextFile owner={owner} path={entry.path} size={entry.file_size ?? 0} />
    </>
  );
}

async function read(owner: Owner, path: string, kind: Kind, stop: AbortSignal): Promise<{ content: unknown }> {
  const { bytes } = await artifacts.part(owner, path, 0, LARGEST_READ, stop);
  const text = new TextDecoder().decode(bytes);
  if (kind === "markdown") return { content: text };
  if (/\.ya?ml$/i.test(path)) return { content: (await import("js-yaml")).load(text) };
  return { content: JSON.parse(text) as unknown };
}
