/** A text of any length: all of a short one; of a long one its beginning or its end, and more on request. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { artifacts, type Owner } from "../api/artifacts";
import { fileSize, isText, withoutColours } from "../calc/files";
import { useLoaded } from "../parts/useLoaded";
import { locale, t } from "../state/preferences";

export const PIECE = 256 * 1024; // bytes shown at first
const MOST = 4 * 1024 * 1024;

export function TextFile({ owner, path, size }: { owner: Owner; path: string; size: number }) {
  const long = size > PIECE;
  const [fromEnd, setFromEnd] = useState(long);
  const [most, setMost] = useState(PIECE);
  useEffect(() => setMost(PIECE), [fromEnd]);
  const { value, failure, reload } = useLoaded(
    (stop) => artifacts.part(owner, path, fromEnd ? -most : 0, most, stop),
    [path, fromEnd, most],
  );
  const text = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => {
    if (text.current) text.current.scrollTop = fromEnd ? text.current.scrollHeight : 0;
  }, [value]);
  if (!value) return failure ? <p class="failure">{failure}</p> : null;
  const shown = { shown: fileSize(value.bytes.length, locale.value), total: fileSize(value.total, locale.value) };
  return (
    <>
      {failure && <p class="failure">{failure}</p>}
      <div class="bar">
        {long && (
          <>
            <button class="quiet" aria-pressed={!fromEnd} onClick={() => setFromEnd(false)}>
              {t("beginning")}
            </button>
            <button class="quiet" aria-pressed={fromEnd} onClick={() => setFromEnd(true)}>
              {t("end")}
            </button>
            <span class="none">{t(fromEnd ? "lastOf" : "beginningOf", shown)}</span>
            {value.bytes.length < value.total && most < MOST && (
              <button onClick={() => setMost(Math.min(most * 4, MOST))}>{t("more")}</button>
            )}
          </>
        )}
        <button class="quiet" onClick={reload}>
          {t("readAgain")}
        </button>
      </div>
      {isText(startOfText(value.bytes, value.first)) ? (
        <pre class="text" tabIndex={0} ref={text}>
          {withoutColours(new TextDecoder().decode(startOfText(value.bytes, value.first)))}
        </pre>
      ) : (
        <p class="none">{t("noText")}</p>
      )}
    </>
  );
}

/** A piece out of the middle begins with its first whole line. */
function startOfText(bytes: Uint8Array, first: number): Uint8Array {
  return first > 0 ? bytes.subarray(bytes.indexOf(10) + 1) : bytes;
}
