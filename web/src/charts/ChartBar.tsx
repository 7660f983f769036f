/** How all charts of a page are drawn: smoothing, axes, and the way back from a zoom. */

import { useEffect, useRef, useState } from "preact/hooks";
import { AXES, isTime, readView, SMOOTHEST, writeView, type Along, type Range, type View } from "../calc/chartState";
import { duration, shortNumber } from "../calc/numbers";
import { query, setQuery } from "../state/location";
import { locale, t } from "../state/preferences";

const SETTLED_MS = 120; // the address follows a slider when it rests

/** What the address says, and ways to change it; a zoom is a step that one can go back from. */
export function useView() {
  return {
    view: readView(query.value),
    change: (changes: Partial<View>) => setQuery(writeView({ ...readView(query.value), ...changes })),
    zoom: (range: Range | null) => setQuery(writeView({ ...readView(query.value), range }), false),
  };
}

interface ChartBarProps {
  keys: string[]; // metrics to draw along
  view: View;
  change: (changes: Partial<View>) => void;
  zoom: (range: Range | null) => void;
}

export function ChartBar({ keys, view, change, zoom }: ChartBarProps) {
  return (
    <>
      <Smoothing value={view.smooth} change={(smooth) => change({ smooth })} />
      <label class="check">
        {t("xAxis")}
        <select
          value={view.x}
          onChange={(event) => change(drawnAlong(event.currentTarget.value as Along, keys))}
        >
          {AXES.filter((one) => one !== "metric" || keys.length > 0).map((one) => (
            <option key={one} value={one}>
              {t(`x_${one}`)}
            </option>
          ))}
        </select>
      </label>
      {view.x === "metric" && (
        <select
          class="narrow"
          aria-label={t("x_metric")}
          value={view.against}
          onChange={(event) => change({ against: event.currentTarget.value, range: null })}
        >
          {[...new Set([view.against, ...keys])].map((key) => (
            <option key={key}>{key}</option>
          ))}
        </select>
      )}
      <label class="check">
        <input type="checkbox" checked={view.logX} onChange={() => change({ logX: !view.logX })} />
        {t("logX")}
      </label>
      <label class="check">
        <input type="checkbox" checked={view.logY} onChange={() => change({ logY: !view.logY })} />
        {t("logY")}
      </label>
      {view.range ? (
        <button onClick={() => zoom(null)}>{t("zoomOut", stretch(view.range, view.x))}</button>
      ) : (
        <span class="none">{t("zoomHint")}</span>
      )}
    </>
  );
}

function drawnAlong(x: Along, keys: string[]): Partial<View> {
  return { x, against: x === "metric" ? keys[0]! : "", range: null };
}

function stretch({ from, to }: Range, x: Along): { from: string; to: string } {
  const [first, last] = [from, to].map((one) =>
    !isTime(x)
      ? shortNumber(one, locale.value)
      : x === "relative"
        ? duration(one, locale.value)
        : new Date(one).toLocaleString(locale.value),
  );
  return { from: first!, to: last! };
}

function Smoothing({ value, change }: { value: number; change: (value: number) => void }) {
  const [moving, setMoving] = useState<number | null>(null);
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const shown = moving ?? value;
  const move = (to: number) => {
    setMoving(to);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      change(to);
      setMoving(null);
    }, SETTLED_MS);
  };
  return (
    <label class="check">
      {t("smoothing")}
      <input
        type="range"
        min="0"
        max={SMOOTHEST}
        step="0.01"
        value={shown}
        onInput={(event) => move(Number(event.currentTarget.value))}
      />
      <output class="number">{shown.toLocaleString(locale.value, { minimumFractionDigits: 2 })}</output>
    </label>
  );
}
