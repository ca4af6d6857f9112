/** Where a log is: it decides whether a ledger is that of this log, or came here with a copy of it. */
import { readLedger } from '@pino-funnel/ledger'
import { CHANNEL_NAME } from '@pino-funnel/channel'
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { identityOf, isSameFile } from '../log/log-file.ts'

export interface LogPlace {
  /** Digest of what identifies the machine; `''` where nothing does. */
  readonly machine: string
  /** Path of the log directory. */
  readonly path: string
  /** Its inode and birth time. */
  readonly directory: string
}

/** @param reach - the path by which the log directory is reached */
export function placeOf(logDirectory: string, reach: string): LogPlace {
  return { machine, path: logDirectory, directory: identityOf(statSync(reach, { bigint: true })) }
}

/**
 * - `same`: the ledger was written here.
 * - `moved`: the directory has another name, or is elsewhere on this machine. The log goes on under its id.
 * - `copied`: it is on another machine, or the directory that it was copied from is still there. Two logs must not have
 *   one id.
 */
export function compare(
  noted: LogPlace & { readonly id: string },
  now: LogPlace,
  { log, reach }: { readonly log: string; readonly reach: string },
): 'same' | 'moved' | 'copied' {
  if (noted.machine !== now.machine) return 'copied'
  const isSameDirectory = noted.directory === now.directory
  if (isSameDirectory && noted.path === now.path) return 'same'
  // Containers without a machine id may be on any machine.
  if (!isSameDirectory && now.machine === '') return 'copied'
  return noted.path !== now.path && isStillAt(noted, log, reach) ? 'copied' : 'moved'
}

/** Whether the original is where it was: another directory than this one, even if a snapshot has kept inode and birth time. */
function isStillAt({ id, path, directory }: LogPlace & { readonly id: string }, log: string, reach: string): boolean {
  try {
    const original = statSync(path, { bigint: true })
    if (isSameFile(original, statSync(reach, { bigint: true })) || identityOf(original) !== directory) return false
    return readLedger(join(path, CHANNEL_NAME), log)?.id === id
  } catch {
    return false
  }
}

/** The size of a file that another program has renamed; `undefined` when it is not in the directory. */
export function sizeIn(directory: string, identity: string): number | undefined {
  for (const name of readdirSync(directory)) {
    const stats = lstatSync(join(directory, name), { throwIfNoEntry: false, bigint: true })
    if (stats?.isFile() === true && identityOf(stats) === identity) return Number(stats.size)
  }
  return undefined
}

const machine = ((): string => {
  try {
    const id = readFileSync('/etc/machine-id', 'utf8').trim()
    // systemd asks that the id itself is not made known.
    return id === '' ? '' : createHash('sha256').update(`pino-funnel ${id}`).digest('hex').slice(0, 16)
  } catch {
    return ''
  }
})()
