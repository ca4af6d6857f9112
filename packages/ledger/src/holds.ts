/**
 * Holds: a reader's word on how far it has read a log, so that retention spares the rest. Each is a small file of the
 * channel, `holds/<log>/<name>`, that only its reader replaces, by rename.
 */
import { isRecord, isWholeNumber, systemCode } from '@pino-funnel/channel'
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPrivate } from './read-private.ts'

/** Unread bytes that a hold spares from `limit.size` and `limit.free`, when its reader names no other number: 8 GiB. */
export const DEFAULT_BUDGET_BYTES: number = 8 * 1024 ** 3

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/
const DRAFT_SUFFIX = '.new'

export interface StoredHold {
  readonly name: string
  /** Of the log; `''` while it has no ledger. */
  readonly logId: string
  /** All before it was read. */
  readonly position: number
  /** Unread bytes that it spares from `limit.size` and `limit.free`. */
  readonly budget: number
  /** When it was written, ms since the epoch. */
  readonly at: number
}

export function isHoldName(text: string): boolean {
  return NAME.test(text) && !text.endsWith(DRAFT_SUFFIX)
}

/** @param log - name of the log file */
export function holdDirectory(channel: string, log: string): string {
  return join(channel, 'holds', log)
}

/** By name. A file that is not a hold is left out. @throws the system's error */
export function readHolds(channel: string, log: string): StoredHold[] {
  const directory = holdDirectory(channel, log)
  return namesIn(directory)
    .filter(isHoldName)
    .toSorted()
    .flatMap((name) => read(directory, name) ?? [])
}

/** @throws the system's error: `ENOENT` when the log has no channel */
export function writeHold(channel: string, log: string, { name, ...hold }: StoredHold): void {
  const path = join(holdDirectory(channel, log), name)
  const draft = `${path}${DRAFT_SUFFIX}`
  const text = `${JSON.stringify(hold)}\n`
  try {
    writeFileSync(draft, text, { mode: 0o600 })
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    makeDirectories(channel, log)
    writeFileSync(draft, text, { mode: 0o600 })
  }
  renameSync(draft, path)
}

/** Retention no longer spares anything for it. */
export function removeHold(channel: string, log: string, name: string): void {
  rmSync(join(holdDirectory(channel, log), name), { force: true })
}

/** The channel itself is not made: only pino-funnel makes one. */
function makeDirectories(channel: string, log: string): void {
  for (const directory of [join(channel, 'holds'), holdDirectory(channel, log)]) {
    try {
      mkdirSync(directory, { mode: 0o700 })
      // The umask must not keep the listener from reading it.
      chmodSync(directory, 0o700)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function read(directory: string, name: string): StoredHold | undefined {
  try {
    const value: unknown = JSON.parse(String(readPrivate(join(directory, name))))
    if (!isRecord(value)) return undefined
    const { logId, position, budget, at } = value
    if (typeof logId !== 'string' || !isWholeNumber(position) || !isWholeNumber(budget)) return undefined
    return { name, logId, position, budget, at: typeof at === 'number' ? at : 0 }
  } catch {
    // Released meanwhile, or not a hold.
    return undefined
  }
}
