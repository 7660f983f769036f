/** JSON (or what YAML says) with parts that open and close; what is closed is not made. */

import { useState } from "preact/hooks";
import { t } from "../state/preferences";

const AT_ONCE = 200; // members of one list or object
const OPEN_UNTIL = 2; // levels

export function Folding({ value, name, depth = 0 }: { value: unknown; name?: string; depth?: number }) {
  const [open, setOpen] = useState(depth < OPEN_UNTIL);
  const [shown, setShown] = useState(AT_ONCE);
  if (typeof value !== "object" || value === null) {
    return (
      <div class="member">
        {name !== undefined && <Name name={name} />}
        <span class={value === null ? "none" : typeof value}>{typeof value === "string" ? JSON.stringify(value) : String(value)}</span>
      </div>
    );
  }
  const members: [string, unknown][] = Object.entries(value);
  const [begin, end] = Array.isArray(value) ? "[]" : "{}";
  return (
    <div class="member">
      <button class="quiet fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span aria-hidden="true">{open ? "▾" : "▸"}</span>
        {name !== undefined && <Name name={name} />}
        {begin}
        {!open && (
          <small>
            {members.length} {end}
          </small>
        )}
      </button>
      {open && (
        <>
          <div class="members">
            {members.slice(0, shown).map(([key, one]) => (
              <Folding key={key} name={key} value={one} depth={depth + 1} />
            ))}
            {members.length > shown && (
              <button onClick={() => setShown(shown + AT_ONCE)}>{t("showMore", { count: members.length - shown })}</button>
            )}
          </div>
          {end}
        </>
      )}
    </div>
  );
}

function Name({ name }: { name: string }) {
  return <span class="key">{name}: </span>;
}
