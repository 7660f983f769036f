/** Small pictures of our own, drawn in the colour of the text. */

const PATHS = {
  brand: "M2 15 7 6l4 5 4-7 5 5",
  system: "M3 4h16v11H3zM8 19h6M11 15v4",
  light: "M11 7a4 4 0 1 0 0 8 4 4 0 0 0 0-8M11 1v2M11 19v2M1 11h2M19 11h2M4 4l1 1M17 17l1 1M4 18l1-1M17 5l1-1",
  dark: "M18 13A8 8 0 1 1 9 4a6 6 0 0 0 9 9",
  folder: "M2 5h6l2 2h10v11H2z",
  file: "M6 2h7l4 4v14H6zM13 2v4h4",
  person: "M11 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8M3 20a8 6 0 0 1 16 0",
  more: "M5 11h.01M11 11h.01M17 11h.01",
  up: "M11 18V5M6 10l5-5 5 5",
  down: "M11 4v13M6 12l5 5 5-5",
  open: "M7 9l4 4 4-4",
  closed: "M9 7l4 4-4 4",
  pin: "M8 3h6l-1 6 3 3H6l3-3zM11 12v7",
  columns: "M3 4h16v14H3zM8.3 4v14M13.6 4v14",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 22 22" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
