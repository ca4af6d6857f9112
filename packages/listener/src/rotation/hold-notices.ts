/** What the log says about holds: that a reader falls behind, and what was deleted before it was read. */
import type { Notice } from '@pino-funnel/channel'
import type { HoldLag, Loss } from '../ledger/log-holds.ts'
import type { Removal } from './retention.ts'

export class HoldNotices {
  /** Holds that were reported, and have not caught up since. */
  readonly #reported = new Set<string>()

  /** A hold is reported once when half of its budget is unread, and again after it was below a quarter. */
  after(lags: readonly HoldLag[]): Notice[] {
    return lags.flatMap(({ hold, unread, budget }): Notice[] => {
      if (unread <= budget / 4) this.#reported.delete(hold)
      if (unread <= budget / 2 || this.#reported.has(hold)) return []
      this.#reported.add(hold)
      return [{ event: 'hold-behind', hold, unread, budget }]
    })
  }
}

/** One for each reader that has lost something. */
export function lossNotices(removals: readonly Removal[]): Notice[] {
  const losses = new Map<string, Loss>()
  for (const loss of removals.flatMap((removal) => removal.losses)) {
    const { from, bytes } = losses.get(loss.hold) ?? { from: loss.from, bytes: 0 }
    losses.set(loss.hold, { ...loss, from, bytes: bytes + loss.bytes })
  }
  return [...losses.values()].map((loss) => ({ event: 'hold-lost', ...loss }))
}
