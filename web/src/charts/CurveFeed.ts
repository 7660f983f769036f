/** The curves of some runs: asked for as charts come into view, many names in one request, later only what is new. */

import { curves as ask } from "../api/trackline";
import type { Curve } from "../api/types";
import { curveQuery, firstKeys, pointsFor, portions, type Drawn } from "../calc/curveQueries";
import { extend, lastPlace } from "../calc/curves";

const TOO_LONG = 4; // times the points it was asked with: then a live curve is thinned anew
const PAUSE_MS = 400; // between two rounds of what is new

type Change = () => void;

export class CurveFeed {
  readonly #curves = new Map<string, Map<string, Curve>>(); // by name, by run
  readonly #watched = new Map<string, Change>();
  readonly #points: number;
  readonly #asked = new Set<string>();
  #wanted = new Set<string>();
  #timer = 0;
  #changed = new Set<string>(); // runs of which something new is to be asked
  #refreshing = false;

  constructor(
    private readonly runs: string[],
    private readonly view: Drawn,
    private readonly failed: (error: unknown) => void,
  ) {
    this.#points = pointsFor(runs.length);
  }

  /** The charts of these names are about to come: the first of them do not wait until they are seen to be in view. */
  begin(keys: string[]): void {
    this.#load(firstKeys(keys, this.runs.length).filter((key) => !this.#asked.has(key)));
  }

  /** In the order of the runs; undefined while it is not known. */
  curves(key: string): Curve[] | undefined {
    const found = this.#curves.get(key);
    return found && this.runs.map((run) => found.get(run)).filter((curve) => curve !== undefined);
  }

  /** `changed` is called when the curves are there or have grown, until the function that is returned is called. */
  watch(key: string, changed: Change): () => void {
    this.#watched.set(key, changed);
    if (!this.#asked.has(key)) this.#want(key);
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
    this.#timer = window.setTimeout(() => {
      this.#load([...this.#wanted]);
      this.#wanted = new Set();
    }, 10);
  }

  #load(wanted: string[]): void {
    for (const keys of portions(wanted, this.runs.length)) {
      for (const key of keys) this.#asked.add(key);
      ask(curveQuery(this.runs, keys, this.view, this.#points))
        .then(({ curves }) => {
          for (const key of keys) this.#curves.set(key, new Map());
          for (const curve of curves) this.#curves.get(curve.key)?.set(curve.run_id, curve);
          for (const key of keys) this.#watched.get(key)?.();
        })
        .catch((error: unknown) => {
          for (const key of keys) this.#asked.delete(key);
          this.failed(error);
        });
    }
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
    for (const some of portions(keys, 1)) {
      const query = curveQuery([run], some, this.view, this.#points);
      const { curves } = await ask(from === null ? query : { ...query, first: from });
      for (const curve of curves) {
        const before = this.#curves.get(curve.key)?.get(run);
        const now = from === null || !before ? curve : extend(before, curve, this.view.x);
        if (now === before) continue;
        this.#curves.get(curve.key)?.set(run, now);
        this.#watched.get(curve.key)?.();
      }
    }
  }
}

interface Beginning {
  run: string;
  from: number | null; // null: nothing is known, or all is to be asked anew
  keys: string[];
}
