/** Links that stand in data. */

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
