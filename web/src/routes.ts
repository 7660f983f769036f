/** The pages that are loaded when they are first needed, by the path of the address. Each is one file in pages/. */

import type { ComponentType } from "preact";

export interface PageProps {
  parts: string[]; // what the open parts of the route's pattern hold
}

export type Page = ComponentType<PageProps>;

export const LOADED: [RegExp, () => Promise<Page>][] = [
  [/^models$/, () => import("./pages/Models").then((file) => file.Models)],
  [/^models\/([^/]+)$/, () => import("./pages/Model").then((file) => file.Model)],
  [/^models\/([^/]+)\/(\d+)$/, () => import("./pages/ModelVersion").then((file) => file.ModelVersionPage)],
  [/^status$/, () => import("./pages/Status").then((file) => file.Status)],
  [/^runs\/([^/]+)$/, () => import("./pages/Run").then((file) => file.Run)],
  [/^compare$/, () => import("./pages/Compare").then((file) => file.Compare)],
];
