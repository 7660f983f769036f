/** The colours of charts, from the design's tokens as they are at this moment. */

export interface Colours {
  line: string[];
  grid: string;
  text: string;
}

export const LINES = 8;
/** Past the last colour they come again, the lines broken: px drawn, px left out. */
export const DASHES: number[][] = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

export function colours(): Colours {
  const probe = document.body.appendChild(document.createElement("i"));
  const token = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    line: Array.from({ length: LINES }, (_, at) => token(`--line-${at + 1}`)),
    grid: token("--edge"),
    text: token("--faint"),
  };
  probe.remove();
  return found;
}

/** The token of the colour of the run at this place. */
export function lineColour(slot: number): string {
  return `var(--line-${(slot % LINES) + 1})`;
}

export function dashOf(slot: number): number[] {
  return DASHES[Math.floor(slot / LINES) % DASHES.length]!;
}
