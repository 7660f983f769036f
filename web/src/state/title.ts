/** What the browser calls the page: in its tabs, its history, its bookmarks, and read aloud when the page comes. */

import { useEffect } from "preact/hooks";

/** Undefined while it is not known what the page shows. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Trackline` : "Trackline";
  }, [title]);
}
