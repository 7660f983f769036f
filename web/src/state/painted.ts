/** Calls it once what has been drawn until now is on the screen. */
export function oncePainted(act: () => void): void {
  requestAnimationFrame(() => window.setTimeout(act));
}
