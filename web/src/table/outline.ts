/** Lists within lists as one list of lines: the children of an opened line stand below it, loaded when it is opened. */

import type { Field } from "../api/types";
import type { Group } from "./groups";
import type { Row } from "./rows";

export type Entry = Row | Group;

/** One list. `known`: how many entries it has, null while nobody knows; `total` then is what it has at least. */
export interface Level {
  readonly known: number | null;
  readonly total: number;
  readonly fields: Field[];
  at(place: number): Entry | null; // null: on its way
  place(id: string): number | null; // among the entries that are here
  need(first: number, last: number): void;
  refresh(): void;
  close(): void;
}

export interface Line {
  entry: Entry | null;
  depth: number;
  open: boolean;
}

interface Node {
  level: Level;
  at: number; // of the line above, in the list in which that stands
  id: string; // of the line above
  above: Node | null;
  below: Node[]; // in order
}

type Make = (above: Entry | null, drawn: () => void) => Level;

export class Outline {
  readonly #root: Node;
  #opened: ReadonlySet<string> = new Set();

  constructor(
    private readonly make: Make,
    private readonly drawn: () => void,
  ) {
    this.#root = { level: make(null, () => this.#draw()), at: -1, id: "", above: null, below: [] };
    this.#root.level.need(0, 0);
  }

  get known(): number | null {
    return this.#root.level.known;
  }

  /** Lines, with those of all that is opened. */
  get total(): number {
    return size(this.#root);
  }

  /** Those of all levels, the first counting most. */
  get fields(): Field[] {
    return levels(this.#root).flatMap((level) => level.fields);
  }

  line(at: number): Line {
    const { node, place, depth } = find(this.#root, at, 0);
    const entry = node.level.at(place);
    return { entry, depth, open: node.below.some((one) => one.at === place) };
  }

  open(ids: ReadonlySet<string>): void {
    this.#opened = ids;
    this.#follow(this.#root);
  }

  need(first: number, last: number): void {
    const wanted = new Map<Node, [number, number]>();
    for (let at = first; at <= last; at++) {
      const { node, place } = find(this.#root, at, 0);
      wanted.set(node, [wanted.get(node)?.[0] ?? place, place]);
    }
    for (const [node, [from, to]] of wanted) node.level.need(from, to);
  }

  refresh(): void {
    for (const level of levels(this.#root)) level.refresh();
  }

  close(): void {
    for (const level of levels(this.#root)) level.close();
  }

  #draw(): void {
    this.#follow(this.#root);
    this.drawn();
  }

  /** Make the levels below what is opened, and close those below what no longer is. */
  #follow(node: Node): void {
    const left = node.below.filter((one) => !this.#opened.has(one.id));
    for (const one of left) for (const level of levels(one)) level.close();
    node.below = node.below.filter((one) => this.#opened.has(one.id));
    for (const one of node.below) one.at = node.level.place(one.id) ?? one.at;
    for (const id of this.#opened) {
      const at = node.level.place(id);
      const entry = at === null ? null : node.level.at(at);
      if (at === null || !entry || node.below.some((one) => one.id === id) || isWithin(node, id)) continue;
      const level = this.make(entry, () => this.#draw());
      node.below.push({ level, at, id, above: node, below: [] });
      level.need(0, 0);
    }
    node.below.sort((one, other) => one.at - other.at);
    for (const one of node.below) this.#follow(one);
  }
}

function size(node: Node): number {
  const waiting = node.level.known === null && node.level.total === 0 && node.above !== null;
  return node.below.reduce((sum, one) => sum + size(one), waiting ? 1 : node.level.total);
}

function levels(node: Node): Level[] {
  return [node.level, ...node.below.flatMap(levels)];
}

function find(node: Node, at: number, depth: number): { node: Node; place: number; depth: number } {
  let before = 0;
  for (const one of node.below) {
    const first = one.at + before + 1;
    if (at < first) break;
    const lines = size(one);
    if (at < first + lines) return find(one, at - first, depth + 1);
    before += lines;
  }
  return { node, place: at - before, depth };
}

/** Runs may name each other as their parents, round and round. */
function isWithin(node: Node | null, id: string): boolean {
  return node !== null && (node.id === id || isWithin(node.above, id));
}
