/** Nothing notifies it, so that a wait on it is a sleep. */
const neverNotified = new Int32Array(new SharedArrayBuffer(4))

/**
 * Holds this thread up. Callers count their sleeps and read no clock: one that stands still, as a test may have it, must not
 * hold the thread up without end.
 *
 * @param span - in ms
 */
export function sleepFor(span: number): void {
  Atomics.wait(neverNotified, 0, 0, span)
}
