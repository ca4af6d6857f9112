/**
 * What a shipper keeps in the channel: `ship/<name>/<log>/`, mode 0700.
 *
 * ```
 * checkpoint    how far it has come             (checkpoint.ts)
 * place         where the log is shipped to    (home.ts)
 * rejected      records that the engine refused, a line each, for people
 * decision      what an operator has decided, until the shipper has done it
 * leader        which process leads, for people (leader-record.ts)
 * S.<number>    the socket of the shipper that leads (leadership.ts)
 * ```
 */
import { systemCode } from '@pino-funnel/channel'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** @param channel - directory of the channel @param name - of the shipper @param log - name of the log file */
export function shipDirectory(channel: string, name: string, log: string): string {
  return join(channel, 'ship', name, log)
}

export function makeShipDirectory(channel: string, name: string, log: string): string {
  for (const path of [join(channel, 'ship'), join(channel, 'ship', name), shipDirectory(channel, name, log)]) {
    try {
      mkdirSync(path, { mode: 0o700 })
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
  }
  return shipDirectory(channel, name, log)
}

/** Names of shippers that have a state in the channel, and the logs of each. */
export function knownShippers(channel: string): { name: string; log: string }[] {
  return namesIn(join(channel, 'ship')).flatMap((name) =>
    namesIn(join(channel, 'ship', name)).map((log) => ({ name, log })),
  )
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).toSorted()
  } catch (error) {
    // What is not a directory is not of a shipper.
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return []
    throw error
  }
}
