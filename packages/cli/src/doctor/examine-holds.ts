/** Examines the readers that hold rotated files. */
import type { Channel } from '@pino-funnel/channel'
import { holdDirectory } from '@pino-funnel/ledger'
import { join } from 'node:path'
import { isBehind, sizeText, zonedText, type HoldReport } from '@pino-funnel/observe'
import type { Finding } from './finding.ts'

/** A reader that has more than half of its budget to read. */
export function examineHolds({ root, logDirectory }: Channel, holds: readonly HoldReport[]): Finding[] {
  return holds.filter(isBehind).map(({ hold, file, unread, budget, at }) => ({
    code: 'hold-behind',
    subject: join(logDirectory, file),
    what: `The reader ${hold} has ${sizeText(unread)} to read, of ${sizeText(budget)} that are held for it. It has last read something at ${zonedText(at)}. ${unread > budget ? 'limit.size and limit.free delete the oldest of them.' : 'Beyond that, limit.size and limit.free delete the oldest.'}`,
    cure: `Start the reader again, or find out why it is slow. If it is gone for good, end its hold: rm ${join(holdDirectory(root, file), hold)}`,
  }))
}
