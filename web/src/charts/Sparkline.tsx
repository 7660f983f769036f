import { sparkline } from "../calc/curves";

const WIDTH = 110;
const HEIGHT = 24;

export function Sparkline({ values }: { values: Iterable<number> }) {
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={sparkline(values, WIDTH, HEIGHT)} />
    </svg>
  );
}
