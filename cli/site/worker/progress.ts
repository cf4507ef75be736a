/**
 * Telling the page how far a call is.
 *
 * @module
 */

/** Takes how much is done, from 0 to 1, and of what. */
export type Progress = (done: number, text: string) => void;

/** Milliseconds between two reports. */
const INTERVAL = 80;

/** Lets only so many reports through that a page has time to show them. */
export function throttle(report: Progress): Progress {
  let last = -Infinity;
  return (done, text) => {
    const now = performance.now();
    if (now - last < INTERVAL) return;
    last = now;
    report(done, text);
  };
}
