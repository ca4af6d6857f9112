import { systemCode } from '@pino-funnel/channel'
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { identityOf, LogFile } from './log-file.ts'

/** What an open says of a file that this process must not use any more. Other errors may pass. */
const OUT_OF_REACH: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'ENOENT', 'FUNNEL_LOG_FILE_UNUSABLE'])

/**
 * Opens a log file that may have another name in its directory by now.
 *
 * @returns `undefined` when it is not there, or must not be used
 * @throws the system's error when that can't be found out
 */
export function openMoved(directory: string, identity: string): LogFile | undefined {
  const path = readdirSync(directory)
    .map((name) => join(directory, name))
    .find((candidate) => hasIdentity(candidate, identity))
  if (path === undefined) return undefined
  try {
    return LogFile.openExisting(path)
  } catch (error) {
    if (OUT_OF_REACH.has(systemCode(error))) return undefined
    throw error
  }
}

function hasIdentity(path: string, identity: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  return stats !== undefined && identityOf(stats) === identity
}
