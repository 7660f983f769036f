/** Links that stand in data, and those of MLflow. */

/** The address if a click on it can do no more than open a page; null for `javascript:` and all the rest. */
export function safeLink(address: string): string | null {
  try {
    const url = new URL(address);
    return /^(https?|mailto):$/.test(url.protocol) ? url.href : null;
  } catch {
    return null; // relative: to what, nobody can know
  }
}

/** A picture that comes with the data itself, and needs nobody else. */
export function safePicture(address: string): string | null {
  return /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i.test(address) ? address : null;
}

const MLFLOWS: [RegExp, string][] = [
  [/^experiments\/\d+\/runs\/([^/]+)/, "runs/$1"],
  [/^experiments\/(\d+)/, "experiments/$1/runs"],
  [/^models\/([^/]+)\/versions\/(\d+)/, "models/$1/$2"],
  [/^models\/([^/]+)/, "models/$1"],
  [/^models/, "models"],
];

/** Our page for what stands behind the `#` of an address of MLflow's, below the root; null where it is none of those. */
export function ofMlflow(hash: string): string | null {
  const [path = "", query] = hash.replace(/^#\//, "").split("?");
  if (path === hash) return null;
  if (path === "compare-runs") return `compare?${comparedIn(new URLSearchParams(query))}`;
  for (const [theirs, ours] of MLFLOWS) {
    const found = theirs.exec(path);
    if (found) return found[0].replace(theirs, ours);
  }
  return null;
}

function comparedIn(query: URLSearchParams): string {
  try {
    const ids = JSON.parse(query.get("runs") ?? "[]") as string[];
    return ids.map((id) => `run=${encodeURIComponent(id)}`).join("&");
  } catch {
    return ""; // cut off when it was copied: the page says how runs are chosen
  }
}
