/** Names with slashes as a tree, flattened into the rows that are to be shown. */

import type { ExperimentRow } from "../api/types";

export interface TreeRow {
  path: string; // of a folder with a slash at its end
  label: string;
  depth: number;
  experiment: ExperimentRow | null; // null: a folder
  runs: number; // in a folder: of all experiments below it
  lastActivity: number;
  open: boolean;
}

interface Node {
  folders: Map<string, Node>;
  leaves: { label: string; experiment: ExperimentRow }[];
}

/** Rows in the order of names; `closed` holds the paths of folders whose contents are hidden. */
export function treeRows(experiments: ExperimentRow[], closed: ReadonlySet<string>): TreeRow[] {
  const root: Node = { folders: new Map(), leaves: [] };
  for (const experiment of experiments) place(root, experiment);
  const rows: TreeRow[] = [];
  flatten(root, "", 0, closed, rows);
  return rows;
}

function place(root: Node, experiment: ExperimentRow): void {
  const parts = experiment.name.split("/").filter(Boolean);
  const label = parts.pop() ?? experiment.name;
  let node = root;
  for (const part of parts) {
    let next = node.folders.get(part);
    if (!next) node.folders.set(part, (next = { folders: new Map(), leaves: [] }));
    node = next;
  }
  node.leaves.push({ label, experiment });
}

function flatten(node: Node, path: string, depth: number, closed: ReadonlySet<string>, rows: TreeRow[]): TreeRow {
  const sum = { runs: 0, lastActivity: 0 };
  const add = (row: TreeRow) => {
    sum.runs += row.runs;
    sum.lastActivity = Math.max(sum.lastActivity, row.lastActivity);
  };
  for (const [name, folder] of [...node.folders].sort(([one], [other]) => one.localeCompare(other))) {
    const below = `${path}${name}/`;
    const open = !closed.has(below);
    const row: TreeRow = { path: below, label: name, depth, experiment: null, runs: 0, lastActivity: 0, open };
    rows.push(row);
    const inside: TreeRow[] = [];
    Object.assign(row, pick(flatten(folder, below, depth + 1, closed, inside)));
    if (open) for (const one of inside) rows.push(one);
    add(row);
  }
  for (const { label, experiment } of node.leaves) {
    const { name, runs, last_activity } = experiment;
    const row = { path: name, label, depth, experiment, runs, lastActivity: last_activity, open: false };
    rows.push(row);
    add(row);
  }
  return { path, label: "", depth, experiment: null, ...sum, open: true };
}

function pick({ runs, lastActivity }: TreeRow): Pick<TreeRow, "runs" | "lastActivity"> {
  return { runs, lastActivity };
}
