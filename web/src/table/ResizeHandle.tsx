/** The edge of a column's head: dragged, or moved with the arrow keys, it makes the column wider or narrower. */

import { useRef } from "preact/hooks";
import type { Field } from "../api/types";
import { t } from "../state/preferences";
import { title } from "./columns";

export const NARROWEST = 60; // px
export const WIDEST = 1000;
const STEP = 16;

interface HandleProps {
  field: Field;
  width: number;
  drag: (width: number) => void; // while it goes on
  done: (width: number | null) => void; // null: as wide as it would be anyway
}

export function ResizeHandle({ field, width, drag, done }: HandleProps) {
  const begin = useRef<{ x: number; width: number } | null>(null);
  const reached = (event: PointerEvent) => clamp(begin.current!.width + event.clientX - begin.current!.x);
  return (
    <span
      class="resize"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t("columnWidth", { name: title(field) })}
      aria-valuenow={width}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      onPointerDown={(event) => {
        begin.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={(event) => begin.current && drag(reached(event))}
      onPointerUp={(event) => {
        if (begin.current && event.clientX !== begin.current.x) done(reached(event));
        begin.current = null;
      }}
      onDblClick={() => done(null)}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
        if (!step) return;
        event.preventDefault();
        done(clamp(width + step));
      }}
    />
  );
}

function clamp(width: number): number {
  return Math.round(Math.min(Math.max(width, NARROWEST), WIDEST));
}
