/** Folders that are read one by one, flattened into the rows that are to be shown. */

import type { Entry } from "../api/artifacts";
import { baseName, folderOf } from "./files";

export interface FolderRow {
  entry: Entry;
  label: string;
  depth: number;
  open: boolean;
}

/** Folders before files. `known` holds the entries of folders by path; what is open and not known yet has none. */
export function folderRows(known: ReadonlyMap<string, Entry[]>, open: ReadonlySet<string>): FolderRow[] {
  const rows: FolderRow[] = [];
  const add = (path: string, depth: number) => {
    const entries = known.get(path) ?? [];
    for (const entry of [...entries.filter((one) => one.is_dir), ...entries.filter((one) => !one.is_dir)]) {
      const isOpen = entry.is_dir && open.has(entry.path);
      rows.push({ entry, label: baseName(entry.path), depth, open: isOpen });
      if (isOpen) add(entry.path, depth + 1);
    }
  };
  add("", 0);
  return rows;
}

/** The folders that lead to `path`, the top ("") first. */
export function foldersAbove(path: string): string[] {
  const above = [];
  for (let one = path; one; one = folderOf(one)) above.unshift(folderOf(one));
  return above.length ? above : [""];
}
