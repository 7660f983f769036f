/** All that was done to a model or a version, the latest first: who, when, what it was before. */

import { useEffect, useState } from "preact/hooks";
import { registry } from "../../api/registry";
import type { HistoryEntry } from "../../api/types";
import { ago, fullTime } from "../../calc/numbers";
import { useLoaded } from "../../parts/useLoaded";
import { attempt } from "../../state/messages";
import { locale, t } from "../../state/preferences";

export function History({ name, version, beat }: { name: string; version: string | null; beat: number }) {
  const { value, failure } = useLoaded((stop) => registry.history(name, version, null, stop), [name, version, beat]);
  const [older, setOlder] = useState<{ entries: HistoryEntry[]; token: string | undefined }>({ entries: [], token: undefined });
  useEffect(() => setOlder({ entries: [], token: value?.next_page_token }), [value]);
  const entries = [...(value?.entries ?? []), ...older.entries];
  const next = async () => {
    const page = await registry.history(name, version, older.token ?? null);
    setOlder({ entries: [...older.entries, ...(page.entries ?? [])], token: page.next_page_token });
  };
  return (
    <section class="panel wide">
      <h2>{t("history")}</h2>
      {failure && <p class="failure">{failure}</p>}
      <ol class="history">
        {entries.map((entry) => (
          <li key={entry.id}>
            <time title={fullTime(entry.at, locale.value)}>{ago(entry.at, Date.now(), locale.value)}</time>
            <span class="wrap" dir="auto">
              {entry.version && !version && <strong>{t("versionNumber", { version: entry.version })} </strong>}
              {told(entry)}
            </span>
            <small class="cut" title={entry.actor} dir="auto">
              {entry.actor}
            </small>
          </li>
        ))}
      </ol>
      {older.token && <button onClick={() => void attempt(next)}>{t("more")}</button>}
    </section>
  );
}

const LONGEST = 120; // characters of a value

function told({ what, key = "", before, after }: HistoryEntry): string {
  const short = (text: string | null | undefined) => (!text ? "—" : text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
  const change = before || after ? `${short(before)} → ${short(after)}` : "";
  return [t(`history_${what}`, { key: key ?? "" }), change].filter(Boolean).join(": ");
}
