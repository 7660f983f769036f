/** Which page an address shows. A page is one file in pages/; all but the first two are loaded when first needed. */

import { computed, signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { Experiments } from "./pages/Experiments";
import { NotFound } from "./pages/NotFound";
import { Runs } from "./pages/Runs";
import { Shell } from "./parts/Shell";
import { path } from "./state/location";

export interface PageProps {
  parts: string[]; // what the open parts of the route's pattern hold
}

type Page = ComponentType<PageProps>;

const HERE: [RegExp, Page][] = [
  [/^(?:experiments)?$/, Experiments],
  [/^experiments\/([\d,]+)(?:\/runs)?$/, Runs],
];
const LOADED: [RegExp, () => Promise<Page>][] = [
  [/^models$/, () => import("./pages/Models").then((file) => file.Models)],
  [/^models\/([^/]+)$/, () => import("./pages/Model").then((file) => file.Model)],
  [/^models\/([^/]+)\/(\d+)$/, () => import("./pages/ModelVersion").then((file) => file.ModelVersionPage)],
  [/^status$/, () => import("./pages/Status").then((file) => file.Status)],
  [/^runs\/([^/]+)$/, () => import("./pages/Run").then((file) => file.Run)],
  [/^compare$/, () => import("./pages/Compare").then((file) => file.Compare)],
];

const loaded = signal(new Map<RegExp, Page>(HERE));
const loading = new Set<RegExp>();

const page = computed(() => {
  for (const [pattern, load] of [...HERE, ...LOADED]) {
    const match = pattern.exec(path.value);
    if (match) return { pattern, load: load as () => Promise<Page>, parts: match.slice(1).map((part) => decodeURIComponent(part ?? "")) };
  }
  return null;
});

export function App() {
  return (
    <Shell>
      <CurrentPage />
    </Shell>
  );
}

function CurrentPage() {
  if (!page.value) return <NotFound />;
  const { pattern, load, parts } = page.value;
  const Found = loaded.value.get(pattern);
  if (Found) return <Found key={parts.join("/")} parts={parts} />;
  if (!loading.has(pattern)) {
    loading.add(pattern);
    void load().then((one) => (loaded.value = new Map(loaded.value).set(pattern, one)));
  }
  return null;
}
