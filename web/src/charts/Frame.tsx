/** Two axes with their ticks and names, and room for what is drawn between them. */

import type { ComponentChildren } from "preact";
import type { Scale } from "../calc/scales";

const LEFT = 70; // px
const RIGHT = 14;
const TOP = 10;
const BOTTOM = 44;
export const FRAME_HEIGHT = 380;
const LABEL = 9; // characters of a tick
const APART = 56; // px between two labels across

export interface Frame {
  across: (place: number) => number; // places from 0 to 1 in px
  up: (place: number) => number;
}

interface AxesProps {
  x: Scale;
  y: Scale;
  names: [string, string];
  width: number;
  label: string;
  children: (frame: Frame) => ComponentChildren;
}

export function Axes({ x, y, names, width, label, children }: AxesProps) {
  const frame: Frame = {
    across: (place) => LEFT + place * (width - LEFT - RIGHT),
    up: (place) => TOP + (1 - place) * (FRAME_HEIGHT - TOP - BOTTOM),
  };
  const floor = frame.up(0);
  const every = Math.max(1, Math.ceil((x.ticks.length * APART) / Math.max(1, width - LEFT - RIGHT)));
  return (
    <svg width={width} height={FRAME_HEIGHT} role="group" aria-label={label}>
      <g class="axis">
        {y.ticks.map((tick) => (
          <g key={tick.label}>
            <line class="grid" x1={LEFT} x2={width - RIGHT} y1={frame.up(tick.at)} y2={frame.up(tick.at)} />
            <Tick x={LEFT - 7} y={frame.up(tick.at) + 4} anchor="end" label={tick.label} />
          </g>
        ))}
        {x.ticks
          .filter((_, at) => at % every === 0)
          .map((tick) => (
            <g key={tick.label}>
              <line class="grid" x1={frame.across(tick.at)} x2={frame.across(tick.at)} y1={TOP} y2={floor} />
              <Tick x={frame.across(tick.at)} y={floor + 16} anchor="middle" label={tick.label} />
            </g>
          ))}
        <text class="title" x={(LEFT + width - RIGHT) / 2} y={FRAME_HEIGHT - 6} text-anchor="middle">
          {names[0]}
        </text>
        <text class="title" transform={`translate(13 ${(TOP + floor) / 2}) rotate(-90)`} text-anchor="middle">
          {names[1]}
        </text>
      </g>
      {children(frame)}
    </svg>
  );
}

function Tick({ x, y, anchor, label }: { x: number; y: number; anchor: "end" | "middle"; label: string }) {
  return (
    <text class="tick" x={x} y={y} text-anchor={anchor}>
      {label.length > LABEL ? `${label.slice(0, LABEL - 1)}…` : label}
      <title>{label}</title>
    </text>
  );
}
