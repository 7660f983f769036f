import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** How wide the element is, in px; 0 until it is there. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const sized = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    sized.observe(element.current!);
    return () => sized.disconnect();
  }, []);
  return width;
}
