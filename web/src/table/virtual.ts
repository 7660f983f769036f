/** Which rows (or columns) of a long list are in view, so that only those are made. */

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";

interface Options {
  count: number;
  size: (at: number) => number; // px
  horizontal?: boolean;
  overscan?: number;
  sizes?: string; // whatever changes when a size does
  before?: number; // px of what lies before the first item in the same scroll box
}

export interface Window {
  items: VirtualItem[];
  total: number; // px
  scrollTo: (at: number) => void;
}

export function useVirtual(box: RefObject<HTMLElement | null>, options: Options): Window {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const made = useRef<Virtualizer<HTMLElement, Element> | null>(null);
  const settings = {
    count: options.count,
    getScrollElement: () => box.current,
    estimateSize: options.size,
    horizontal: options.horizontal ?? false,
    overscan: options.overscan ?? 6,
    scrollMargin: 0,
    paddingStart: options.before ?? 0,
    scrollPaddingStart: options.before ?? 0,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => draw(0),
    initialRect: { width: window.innerWidth, height: window.innerHeight },
  };
  const virtual = (made.current ??= new Virtualizer(settings));
  virtual.setOptions(settings);
  useLayoutEffect(() => virtual.measure(), [options.sizes]);
  useEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => virtual._willUpdate());
  return {
    items: virtual.getVirtualItems(),
    total: virtual.getTotalSize(),
    scrollTo: (at) => virtual.scrollToIndex(at, { align: "auto" }),
  };
}
