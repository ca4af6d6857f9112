import { namesIn, systemCode, type Channel } from '@pino-funnel/channel'
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
 *
 * @returns whether nothing is left: a reader may have begun a hold at this instant
 */
export function forgetLog({ directory }: Place, name: string): boolean {
  try {
    removeEmpty(holdDirectory(directory, name))
    rmSync(ledgerPath(directory, name), { force: true })
    return true
  } catch {
    return false
  }
}

/** The system removes no directory that has an entry: a hold that is there holds the log. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
