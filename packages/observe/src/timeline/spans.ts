import type { OpenEvent } from './event-log.ts'
import type { Span } from './timeline.ts'

/**
 * For how long a worker stood still, of the events of its lane.
 *
 * @param events - by time
 * @param end - of the log, ms since the epoch
 */
export function spansOf(events: readonly OpenEvent[], end: number): Span[] {
  const spans: Span[] = []
  let open: { readonly state: Span['state']; readonly from: number } | undefined
  const close = (to: number): void => {
    if (open) spans.push({ ...open, to, isOpen: true })
    open = undefined
  }
  for (const { kind, at, standstill } of events) {
    if (standstill?.ms !== undefined) {
      const { state, since, ms } = standstill
      spans.push({ state, from: since, to: since + ms, isOpen: false })
      open = undefined
    } else if (kind === 'stalled' || kind === 'stopped') open ??= { state: kind, from: standstill?.since ?? at }
    else if (kind === 'died' || kind === 'left') close(at)
  }
  close(end)
  return spans
}
