/** A long list as far as it was looked at: pages that are asked for when they come into view. */

import { PAGE } from "../calc/runQueries";

const KEPT = 60; // pages

export abstract class Pages<P> {
  protected readonly pages = new Map<number, P>();
  #seen: [number, number] = [0, 0]; // the first and the last entry that were needed last
  readonly #asked = new Map<number, AbortController>();
  readonly #refused = new Set<number>(); // pages that are not asked for again of themselves

  /** `drawn` is called when there is something new, `failed` when the server refuses. */
  constructor(
    protected readonly drawn: () => void,
    protected readonly failed: (error: unknown) => void,
  ) {}

  /** Ask for a page, and note what its answer tells of the whole list; when `signal` is aborted nobody wants it any more. */
  protected abstract load(page: number, signal: AbortSignal): Promise<P>;

  /** Ask for what is missing from `first` to `last`; give up what nobody looks at any more. */
  need(first: number, last: number): void {
    this.#seen = [first, last];
    const from = Math.floor(first / PAGE);
    const to = Math.floor(Math.max(last, 0) / PAGE);
    for (const [page, asked] of this.#asked) if (page < from || page > to) this.#giveUp(page, asked);
    const known = (page: number) => this.pages.has(page) || this.#asked.has(page) || this.#refused.has(page);
    for (let page = from; page <= to; page++) if (!known(page)) this.#ask(page);
  }

  /** Ask for what is in view anew, because it may have changed; what lies elsewhere is forgotten. */
  refresh(): void {
    const [from, to] = this.#seen.map((at) => Math.floor(Math.max(at, 0) / PAGE)) as [number, number];
    this.#refused.clear();
    for (const page of this.pages.keys()) if (page < from || page > to) this.pages.delete(page);
    for (let page = from; page <= to; page++) if (!this.#asked.has(page)) this.#ask(page);
  }

  close(): void {
    for (const [page, asked] of this.#asked) this.#giveUp(page, asked);
  }

  #ask(page: number): void {
    const asked = new AbortController();
    this.#asked.set(page, asked);
    this.load(page, asked.signal)
      .then((content) => {
        this.pages.delete(page);
        this.pages.set(page, content); // the newest stand last
        for (const old of this.pages.keys()) if (this.pages.size > KEPT) this.pages.delete(old);
        this.drawn();
      })
      .catch((error: unknown) => {
        if (asked.signal.aborted) return;
        this.#refused.add(page);
        this.failed(error);
      })
      .finally(() => this.#asked.get(page) === asked && this.#asked.delete(page));
  }

  #giveUp(page: number, asked: AbortController): void {
    asked.abort();
    this.#asked.delete(page);
  }
}
