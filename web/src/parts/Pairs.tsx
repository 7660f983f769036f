/** Names and values, searched where there are many. */

import { useState } from "preact/hooks";
import { t } from "../state/preferences";

export interface Pair {
  key: string;
  value: string;
  full?: string; // where `value` is short for it
}

interface PairsProps {
  title: string;
  pairs: Pair[];
  folded?: boolean;
}

const SEARCHED_FROM = 10; // pairs

export function Pairs({ title, pairs, folded }: PairsProps) {
  const [search, setSearch] = useState("");
  const found = pairs.filter(({ key, value }) => `${key} ${value}`.toLowerCase().includes(search.toLowerCase()));
  if (folded) {
    return (
      <details class="panel">
        <summary>
          {title} <small>{pairs.length}</small>
        </summary>
        <PairTable pairs={found} />
      </details>
    );
  }
  return (
    <section class="panel">
      <div class="bar">
        <h2>
          {title} <small>{pairs.length}</small>
        </h2>
        <span class="space" />
        {pairs.length > SEARCHED_FROM && (
          <input
            type="search"
            placeholder={t("search")}
            aria-label={`${t("search")}: ${title}`}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        )}
      </div>
      {pairs.length ? <PairTable pairs={found} /> : <p class="none">{t("none")}</p>}
    </section>
  );
}

export function PairTable({ pairs }: { pairs: Pair[] }) {
  return (
    <table class="pairs">
      <tbody>
        {pairs.map(({ key, value, full }, at) => (
          <tr key={at}>
            <th scope="row" dir="auto">
              {key}
            </th>
            <td dir="auto" title={full}>
              {value}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
