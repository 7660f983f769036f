/** A filter in MLflow's language: names and values are completed from the server's, and a fault is shown at its character. */

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { runs } from "../api/trackline";
import { spell } from "../calc/fields";
import { BEGINNINGS, faultyAt, quoted, reason, unfinished, type Unfinished } from "../calc/filter";
import { refused } from "../calc/words/refusals";
import { language, t } from "../state/preferences";

interface FilterBoxProps {
  value: string;
  experiments: string[];
  refusal: string | null; // of the server, about `value`
  apply: (filter: string) => void;
}

const APPLY_MS = 150; // after the last key; what is wrong with a filter is told a little later (style.css)
const MOST_OFFERS = 12;

export function FilterBox({ value, experiments, refusal, apply }: FilterBoxProps) {
  const [text, setText] = useState(value);
  const [offers, setOffers] = useState<{ names: string[]; chosen: number } | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef(value); // what was written last, also before it is drawn
  const wanted = useRef<string | null>(null); // the text that offers are wanted for: all others come too late
  const timer = useRef(0);
  const list = useId();
  useEffect(() => {
    setText(value);
    latest.current = value;
  }, [value]);

  const write = (next: string, caret: number) => {
    setText(next);
    latest.current = wanted.current = next;
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => apply(next.trim()), APPLY_MS);
    void offer(next, caret, experiments).then((found) => {
      if (wanted.current === next) setOffers(found);
    });
  };
  const offerNothing = () => {
    wanted.current = null;
    setOffers(null);
  };
  const finish = () => {
    window.clearTimeout(timer.current);
    offerNothing();
    apply(latest.current.trim());
  };
  const complete = (name: string) => {
    const at = unfinished(text, input.current?.selectionStart ?? text.length); // the names may be about less of the word
    if (!at) return setOffers(null);
    const { from, to } = at;
    const next = text.slice(0, from) + name + (name.endsWith(".") ? "" : " ") + text.slice(to);
    const caret = from + name.length + (name.endsWith(".") ? 0 : 1);
    write(next, caret);
    setOffers(null);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(caret, caret);
    });
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape") offerNothing();
    if (event.key === "Enter" && !offers) finish();
    if (!offers) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setOffers({ ...offers, chosen: (offers.chosen + step + offers.names.length) % offers.names.length });
    else if (event.key === "Enter" || event.key === "Tab") complete(offers.names[offers.chosen]!);
    else return;
    event.preventDefault();
  };
  const fault = refusal === null ? null : faultyAt(refusal, value);
  return (
    <div class="filter">
      <input
        ref={input}
        class="mono"
        placeholder={t("filterExample")}
        aria-label={t("filter")}
        aria-invalid={refusal !== null}
        role="combobox"
        aria-expanded={offers !== null}
        aria-controls={list}
        aria-autocomplete="list"
        spellcheck={false}
        autocomplete="off"
        value={text}
        onInput={({ currentTarget }) => write(currentTarget.value, currentTarget.selectionStart ?? 0)}
        onKeyDown={press}
        onBlur={offerNothing}
      />
      {offers && (
        <ul class="offers" role="listbox" id={list} aria-label={t("completions")}>
          {offers.names.map((name, at) => (
            <li
              key={name}
              role="option"
              aria-selected={at === offers.chosen}
              onPointerDown={(event) => {
                event.preventDefault();
                complete(name);
              }}
            >
              {name}
            </li>
          ))}
        </ul>
      )}
      {refusal !== null && text.trim() === value && (
        <p class="fault" role="alert">
          {fault !== null && (
            <code>
              {value.slice(Math.max(0, fault - 30), fault)}
              <mark>{value.slice(fault, fault + 1) || "…"}</mark>
              {value.slice(fault + 1, fault + 30)}
            </code>
          )}
          <span>{fault === null ? reason(refusal) : refused(language.value, "FILTER", reason(refusal))}</span>
        </p>
      )}
    </div>
  );
}

async function offer(text: string, caret: number, experiments: string[]) {
  const at = unfinished(text, caret);
  if (!at) return null;
  const names = at.kind ? await known(at, experiments).catch(() => []) : BEGINNINGS.filter((one) => one.startsWith(at.start));
  const useful = names.filter((name) => name !== text.slice(at.from, at.to));
  return useful.length ? { names: useful, chosen: 0 } : null;
}

/** What runs have that begins so; nothing where the server knows no values of the field. */
async function known(at: Unfinished, experiments: string[]): Promise<string[]> {
  if (at.kind === "value") {
    const { values } = await runs.values(experiments, at.prefix, at.start, MOST_OFFERS);
    return values.map(({ value }) => quoted(value));
  }
  const { keys } = await runs.keys(experiments, at.kind!, at.start, MOST_OFFERS);
  return keys.map(({ key }) => at.prefix + spell({ kind: at.kind as "metric", key }).replace(/^\w+/, ""));
}
