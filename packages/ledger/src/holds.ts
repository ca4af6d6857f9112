/**
 * Holds: a reader's word on how far it has read a log, so that retention spares the rest. Each is a small file of the
 * channel, `holds/<log>/<name>`, that only its reader replaces, by rename.
 */
import { isRecord, isWholeNumber, openPrivateFile, systemCode } from '@pino-funnel/channel'
import { closeSync, fchownSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { inHoldDirectory } from './hold-directory.ts'
import type { Ledger } from './ledger.ts'
import { readPrivate } from './read-private.ts'

/** Unread bytes that a hold spares from `limit.size` and `limit.free`, when its reader names no other number: 8 GiB. */
export const DEFAULT_BUDGET_BYTES: number = 8 * 1024 ** 3

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/
const DRAFT_SUFFIX = '.new'
/** What follows the name of the hold. A reader that was killed may have left one. */
const DRAFT = /^\.\d+-\d+\.new$/

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

/** All before it was read. The position of another log, which had this name before, says nothing: then nothing was read. */
export function readUpTo({ logId, position }: StoredHold, ledger: Pick<Ledger, 'has'>): number {
  return logId === '' || ledger.has(logId, position) ? position : 0
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

/**
 * Each thread has a draft of its own, so that two readers of one name never leave half of a hold.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_FOREIGN`; the system's error: `ENOENT` when the log has no channel
 */
export function writeHold(channel: string, log: string, { name, ...hold }: StoredHold): void {
  inHoldDirectory({ channel, log, isMade: true }, (directory, owner) => {
    const draft = directory.at(`${name}.${process.pid}-${threadId}${DRAFT_SUFFIX}`)
    rmSync(draft, { force: true })
    // It is a new file, not what a link leads to.
    const descriptor = openPrivateFile(draft, 'wx')
    try {
      if (owner) fchownSync(descriptor, owner.uid, owner.gid)
      writeFileSync(descriptor, `${JSON.stringify(hold)}\n`)
    } finally {
      closeSync(descriptor)
    }
    renameSync(draft, directory.at(name))
  })
}

/** Retention no longer spares anything for it. */
export function removeHold(channel: string, log: string, name: string): void {
  try {
    inHoldDirectory({ channel, log, isMade: false }, (directory) => {
      const isItsDraft = (entry: string): boolean =>
        entry.startsWith(`${name}.`) && DRAFT.test(entry.slice(name.length))
      const own = readdirSync(directory.path).filter((entry) => entry === name || isItsDraft(entry))
      for (const entry of own) rmSync(directory.at(entry), { force: true })
    })
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
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
