/** Which page an address shows. The first two are here; the others are loaded. */

import { computed, signal } from "@preact/signals";
import { Experiments } from "./pages/Experiments";
import { NotFound } from "./pages/NotFound";
import { Runs } from "./pages/Runs";
import { Shell } from "./parts/Shell";
import { Unloaded } from "./parts/Unloaded";
import { LOADED, type Page } from "./routes";
import { path } from "./state/location";

const HERE: [RegExp, Page][] = [
  [/^(?:experiments)?$/, Experiments],
  [/^experiments\/([\d,]+)(?:\/runs)?$/, Runs],
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
    const found = load().catch((): Page => Unloaded);
    void found.then((one) => (loaded.value = new Map(loaded.value).set(pattern, one)));
  }
  return null;
}
