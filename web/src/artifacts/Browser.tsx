/** The files of a run, a model or a version: folders that are read when they are opened, and the chosen file beside them. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { artifacts, type Entry, type Owner } from "../api/artifacts";
import { baseName, fileSize, folderOf } from "../calc/files";
import { folderRows, foldersAbove, type FolderRow } from "../calc/folders";
import { Icon } from "../parts/Icon";
import { useKeys } from "../state/keys";
import { query, setQuery } from "../state/location";
import { told } from "../state/messages";
import { locale, t } from "../state/preferences";
import { useVirtual } from "../table/virtual";
import { ModelView } from "./ModelView";
import { Preview } from "./Preview";

const ROW = 30; // px

/** `empty`: what is said where there are no files at all. */
export function Browser({ owner, empty }: { owner: Owner; empty: string }) {
  const chosen = query.value.get("path") ?? "";
  const tree = useTree(owner, chosen);
  const entry = tree.entry(chosen);
  const folder = entry?.is_dir ? entry.path : chosen === "" ? "" : null;
  if (tree.failure) return <p class="failure">{tree.failure}</p>;
  if (tree.known.get("")?.length === 0) return <p class="none">{empty}</p>;
  return (
    <div class="artifacts">
      <Tree tree={tree} owner={owner} chosen={chosen} />
      {folder !== null ? (
        <Folder owner={owner} path={folder} entries={tree.known.get(folder)} />
      ) : (
        entry && <Preview key={entry.path} owner={owner} entry={entry} />
      )}
    </div>
  );
}

interface Folders {
  known: ReadonlyMap<string, Entry[]>;
  rows: FolderRow[];
  failure: string | null;
  entry: (path: string) => Entry | undefined;
  toggle: (path: string, open?: boolean) => void;
}

function useTree(owner: Owner, chosen: string): Folders {
  const [known, setKnown] = useState<ReadonlyMap<string, Entry[]>>(new Map());
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(foldersAbove(chosen)));
  const [failure, setFailure] = useState<string | null>(null);
  const asked = useRef(new Set<string>());
  const read = (path: string) => {
    if (asked.current.has(path)) return;
    asked.current.add(path);
    artifacts.folder(owner, path).then(
      (entries) => setKnown((old) => new Map(old).set(path, entries)),
      (error: unknown) => setFailure(told(error)),
    );
  };
  useEffect(() => {
    for (const path of ["", ...open]) read(path);
  }, [open]);
  useEffect(() => {
    setOpen((old) => new Set([...old, ...foldersAbove(chosen)]));
  }, [chosen]);
  const rows = useMemo(() => folderRows(known, open), [known, open]);
  const entry = (path: string) => known.get(folderOf(path))?.find((one) => one.path === path);
  const toggle = (path: string, wanted?: boolean) => {
    const next = new Set(open);
    if (wanted ?? !next.has(path)) next.add(path);
    else next.delete(path);
    setOpen(next);
  };
  useEffect(() => {
    if (entry(chosen)?.is_dir) read(chosen);
  }, [chosen, known]);
  return { known, rows, failure, entry, toggle };
}

function Tree({ tree, owner, chosen }: { tree: Folders; owner: Owner; chosen: string }) {
  const box = useRef<HTMLDivElement>(null);
  const { rows } = tree;
  const view = useVirtual(box, { count: rows.length, size: () => ROW });
  const at = rows.findIndex(({ entry }) => entry.path === chosen);
  const choose = (row: FolderRow | undefined) => {
    if (!row) return;
    setQuery({ path: row.entry.path }, false);
  };
  const move = (step: number) => {
    const next = Math.min(Math.max(at + step, 0), rows.length - 1);
    choose(rows[next]);
    view.scrollTo(next);
  };
  const fold = (open: boolean) => rows[at]?.entry.is_dir && tree.toggle(rows[at].entry.path, open);
  useKeys({ j: () => move(1), k: () => move(-1), l: () => fold(true), h: () => fold(false) });
  return (
    <section class="files">
      <div class="bar">
        <button class="quiet" aria-pressed={chosen === ""} onClick={() => setQuery({ path: null }, false)}>
          {t("allFiles")}
        </button>
        <span class="space" />
        <a class="quiet button" href={artifacts.tar(owner, "")} download>
          {t("downloadAll")}
        </a>
      </div>
      <div class="grid tree" ref={box} role="tree" aria-label={t("files")}>
        <div role="presentation" style={{ position: "relative", height: `${view.total}px` }}>
          {view.items.map(({ index, start }) => {
            const row = rows[index];
            if (!row) return null;
            const { entry, label, depth, open } = row;
            const expanded = entry.is_dir ? { "aria-expanded": open } : {};
            return (
              <button
                key={entry.path}
                role="treeitem"
                class={index === at ? "row active" : "row"}
                aria-level={depth + 1}
                aria-selected={index === at}
                {...expanded}
                title={label}
                style={{ transform: `translateY(${start}px)`, height: `${ROW}px`, paddingInlineStart: `${depth * 16 + 8}px` }}
                onClick={() => {
                  choose(row);
                  if (entry.is_dir) tree.toggle(entry.path);
                }}
              >
                <Icon name={entry.is_dir ? (open ? "open" : "closed") : "file"} />
                <span class="cut" dir="auto">
                  {label}
                </span>
                <span class="space" />
                {entry.file_size !== undefined && <small>{fileSize(entry.file_size, locale.value)}</small>}
              </button>
            );
          })}
        </div>
      </div>
    </section>
  );
}

function Folder({ owner, path, entries }: { owner: Owner; path: string; entries: Entry[] | undefined }) {
  const files = entries?.filter((one) => !one.is_dir) ?? [];
  const size = files.reduce((sum, one) => sum + (one.file_size ?? 0), 0);
  const isModel = files.some((one) => baseName(one.path) === "MLmodel");
  return (
    <section class="preview" aria-label={path || t("files")}>
      <div class="bar">
        <h2 class="cut" dir="auto">
          {path ? baseName(path) : t("files")} <small>{t("countFiles", { count: files.length })} · {fileSize(size, locale.value)}</small>
        </h2>
        <span class="space" />
        <a class="button" href={artifacts.tar(owner, path)} download>
          {t("downloadTar")}
        </a>
      </div>
      {isModel ? <ModelView owner={owner} folder={path} /> : <p class="none">{t("chooseFile")}</p>}
    </section>
  );
}
