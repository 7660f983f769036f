/** What the curves are at the cursor: the nearest of them when there are many. */

import type { View } from "../calc/chartState";
import { shortNumber } from "../calc/numbers";
import { locale, t } from "../state/preferences";
import { axisLabel, type Line } from "./plotting";
import { Swatch } from "./Swatch";

export interface Pointed {
  left: number; // px
  width: number;
  x: number; // on the axis
  near: number; // the height that is pointed at
  values: (number | null)[]; // one a line
}

const MOST = 10;

export function Readout({ pointed, lines, view }: { pointed: Pointed; lines: Line[]; view: View }) {
  const found = lines
    .map((line, at) => ({ line, value: pointed.values[at] ?? null }))
    .filter((one): one is { line: Line; value: number } => one.value !== null)
    .sort((one, other) => Math.abs(one.value - pointed.near) - Math.abs(other.value - pointed.near));
  const shown = found.slice(0, MOST).sort((one, other) => other.value - one.value);
  if (!shown.length) return null;
  return (
    <div class={pointed.left > pointed.width / 2 ? "readout start" : "readout"} role="status">
      <strong>{axisLabel(pointed.x, view)}</strong>
      {shown.map(({ line, value }) => (
        <div key={line.id} class={line === found[0]!.line && lines.length > 1 ? "nearest" : ""}>
          <Swatch slot={line.slot} />
          <span class="cut" dir="auto">
            {line.name}
          </span>
          <span class="number">{shortNumber(value, locale.value)}</span>
        </div>
      ))}
      {found.length > MOST && <small>{t("andMore", { count: found.length - MOST })}</small>}
    </div>
  );
}
