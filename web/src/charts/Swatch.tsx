import { dashOf, lineColour } from "./colours";

/** How a run is drawn: its colour and dashes. */
export function Swatch({ slot }: { slot: number }) {
  return (
    <svg class="swatch" width="22" height="10" aria-hidden="true">
      <line x1="1" x2="21" y1="5" y2="5" style={{ stroke: lineColour(slot) }} stroke-dasharray={dashOf(slot).join(" ")} />
    </svg>
  );
}
