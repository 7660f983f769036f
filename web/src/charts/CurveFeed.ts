/** The curves of some runs: asked for as charts come into view, many names in one request, later only what is new. */

import { curves as ask } from "../api/trackline";
import type { Curve } from "../api/types";
import type { View } from "../calc/chartState";
import { extend, lastPlace } from "../calc/curves";

const POINTS = 1000; // of a curve; fewer than the pixels of two screens
const LEAST = 300;
const ON_CHART = 12_000; // points of all curves on one chart, as far as LEAST allows
const TOO_LONG = 4; // times the points it was asked with: then a live curve is thinned anew
const AT_ONCE = 50; // curves in one request
const PAUSE_MS = 400; // between two rounds of what is new

type Change = () => void;

export class CurveFeed {
  readonly #curves = new Map<string, Map<string, Curve>>(); // by name, by run
  readonly #watched = new Map<string, Change>();
  readonly #points: number;
  #wanted = new Set<string>();
  #timer = 0;
  #changed = new Set<string>(); // runs of which something new is to be asked
  #refreshing = false;

  constructor(
    private readonly runs: string[],
    private readonly view: Pick<View, "x" | "against" | "range">,
    private readonly failed: (error: unknown) => void,
  ) {
    this.#points = Math.min(POINTS, Math.max(LEAST, Math.floor(ON_CHART / Math.max(runs.length, 1))));
  }

  /** In the order of the runs; undefined while it is not known. */
  curves(key: string): Curve[] | undefined {
    const found = this.#curves.get(key);
    return found && this.runs.map((run) => found.get(run)).filter((curve) => curve !== undefined);
  }

  /** `changed` is called when the curves are there or have grown, until the function that is returned is called. */
  watch(key: string, changed: Change): () => void {
    this.#watched.set(key, changed);
    if (!this.#curves.has(key)) this.#want(key);
    return () => this.#watched.delete(key);
  }

  /** Ask for what came since in these runs. Calls while that is on its way make one more round. */
  async refresh(runs: string[] = this.runs): Promise<void> {
    for (const run of runs) this.#changed.add(run);
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      while (this.#changed.size) {
        const changed = [...this.#changed];
        this.#changed = new Set();
        await Promise.all([...this.#beginnings(changed).values()].map((one) => this.#extend(one)));
        await new Promise((done) => window.setTimeout(done, PAUSE_MS));
      }
    } catch (error) {
      this.failed(error);
    } finally {
      this.#refreshing = false;
    }
  }

  #want(key: string): void {
    this.#wanted.add(key);
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#load(), 10);
  }

  #load(): void {
    for (const keys of this.#portions([...this.#wanted], this.runs.length)) {
      ask({ run_id: this.runs, key: keys, ...this.#stretch(), max_points: this.#points })
        .then(({ curves }) => {
          for (const key of keys) this.#curves.set(key, new Map());
          for (const curve of curves) this.#curves.get(curve.key)?.set(curve.run_id, curve);
          for (const key of keys) this.#watched.get(key)?.();
        })
        .catch(this.failed);
    }
    this.#wanted = new Set();
  }

  /** Curves in view by run and the place that they are known up to; all of a run mostly have the same. */
  #beginnings(runs: string[]): Map<string, Beginning> {
    const found = new Map<string, Beginning>();
    const range = this.view.range;
    for (const key of this.#watched.keys()) {
      for (const run of runs) {
        const curve = this.#curves.get(key)?.get(run);
        const short = curve && curve.steps.length < TOO_LONG * this.#points;
        const from = short ? lastPlace(curve, this.view.x) : null;
        if (from !== null && range && from >= range.to) continue;
        const name = `${run} ${from}`;
        const one = found.get(name) ?? { run, from, keys: [] };
        one.keys.push(key);
        found.set(name, one);
      }
    }
    return found;
  }

  async #extend({ run, from, keys }: Beginning): Promise<void> {
    const stretch = from === null ? this.#stretch() : { ...this.#stretch(), first: from };
    for (const some of this.#portions(keys, 1)) {
      const { curves } = await ask({ run_id: [run], key: some, ...stretch, max_points: this.#points });
      for (const curve of curves) {
        const before = this.#curves.get(curve.key)?.get(run);
        const now = from === null || !before ? curve : extend(before, curve, this.view.x);
        if (now === before) continue;
        this.#curves.get(curve.key)?.set(run, now);
        this.#watched.get(curve.key)?.();
      }
    }
  }

  #portions(keys: string[], runs: number): string[][] {
    const size = Math.max(1, Math.floor(AT_ONCE / runs));
    return Array.from({ length: Math.ceil(keys.length / size) }, (_, at) => keys.slice(at * size, (at + 1) * size));
  }

  #stretch() {
    const { x, against, range } = this.view;
    return { x: x === "metric" ? ("step" as const) : x, against, first: range?.from ?? null, last: range?.to ?? null };
  }
}

interface Beginning {
  run: string;
  from: number | null; // null: nothing is known, or all is to be asked anew
  keys: string[];
}
