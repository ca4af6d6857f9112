import { namesIn, type Channel } from '@pino-funnel/channel'
import { holdDirectory, ledgerPath } from '@pino-funnel/ledger'
import { rmdirSync, rmSync } from 'node:fs'

type Place = Pick<Channel, 'directory'>

/** Whether a reader holds a log, or that can't be said. */
export function isHeld({ directory }: Place, name: string): boolean {
  try {
    return namesIn(holdDirectory(directory, name)).length > 0
  } catch {
    return true
  }
}

/**
 * Removes what a channel keeps of a log that is gone with all of its files, and that no reader holds. A later log of that name
 * has an id of its own.
 */
export function forgetLog({ directory }: Place, name: string): void {
  try {
    rmSync(ledgerPath(directory, name), { force: true })
    rmdirSync(holdDirectory(directory, name))
  } catch {
    // There are no holds, a reader has just begun one, or another user has put something there: it stays.
  }
}
