import type { Channel } from '@pino-funnel/channel'
import { holdDirectory, ledgerPath } from '@pino-funnel/ledger'
import { rmSync } from 'node:fs'

/**
 * Removes what a channel keeps of a log that is gone with all of its files. A later log of that name has an id of its own.
 * What can't be removed does no harm.
 */
export function forgetLog({ directory }: Pick<Channel, 'directory'>, name: string): void {
  for (const path of [ledgerPath(directory, name), holdDirectory(directory, name)]) {
    try {
      rmSync(path, { recursive: true, force: true })
    } catch {
      // Another user may have put it there.
    }
  }
}
