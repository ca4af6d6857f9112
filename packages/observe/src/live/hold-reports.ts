/** The readers that hold files of a channel's logs, and how far they are behind. */
import type { Channel } from '@pino-funnel/channel'
import { bytesFrom, readHolds, readLedger, readUpTo } from '@pino-funnel/ledger'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface HoldReport {
  readonly hold: string
  /** Name of the log file. */
  readonly file: string
  /** Bytes of the log that it has still to read; deleted files not counted out. */
  readonly unread: number
  /** Of these, bytes that are spared from `limit.size` and `limit.free`. */
  readonly budget: number
  /** When it was last written, ms since the epoch. */
  readonly at: number
}

export function holdReports(channel: Channel): HoldReport[] {
  return logsWithHolds(channel).flatMap((file) => {
    const ledger = readLedger(channel.directory, file)
    const live = join(channel.reachLogDirectory(), file)
    const oldest = ledger?.files[0]?.base ?? 0
    return readHolds(channel.directory, file).map((hold) => {
      const { name, budget, at } = hold
      const unread = ledger ? bytesFrom(ledger, live, Math.max(readUpTo(hold, ledger), oldest)) : 0
      return { hold: name, file, unread, budget, at }
    })
  })
}

function logsWithHolds({ directory }: Channel): string[] {
  try {
    return readdirSync(join(directory, 'holds')).toSorted()
  } catch {
    return []
  }
}
