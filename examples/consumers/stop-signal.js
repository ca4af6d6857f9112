/** Aborts when the program is asked to end: the batch that is being handled is finished. */
export function stopSignal() {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop.abort())
  return stop.signal
}
