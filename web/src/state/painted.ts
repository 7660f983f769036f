/** Calls it once what has been drawn until now is on the screen, and there is nothing more urgent. */
export function oncePainted(act: () => void): void {
  // Safari knows of no idle time.
  requestAnimationFrame(() => ("requestIdleCallback" in window ? requestIdleCallback(act, { timeout: LATEST_MS }) : setTimeout(act)));
}

const LATEST_MS = 300;
