/**
 * Holds: a reader's word on how far it has read a log, so that retention spares the rest. Each is a small file of the
 * channel, `holds/<log>/<name>`, that only its reader replaces, by rename.
 */
import { isRecord, isWholeNumber, namesIn, openPrivateFile, systemCode } from '@pino-funnel/channel'
import type * as Crypto from 'node:crypto'
import { closeSync, fchownSync, lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inHoldDirectory } from './hold-directory.ts'
import type { Ledger } from './ledger.ts'
import { readPrivate } from './read-private.ts'

/** Unread bytes that a hold spares from `limit.size` and `limit.free`, when its reader names no other number: 8 GiB. */
export const DEFAULT_BUDGET_BYTES: number = 8 * 1024 ** 3

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/
const DRAFT_SUFFIX = '.new'
/** A draft has this after the name of its hold. A reader that was killed may have left one. */
const DRAFT = /^\.[0-9a-f]{16}\.new$/
/** No reader writes a draft for so long; ms. */
const LEFT_BEHIND_MS = 3_600_000

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

/** By name. @throws the system's error, when one of them can't be read: it may hold anything */
export function readHolds(channel: string, log: string): StoredHold[] {
  const directory = holdDirectory(channel, log)
  return namesIn(directory)
    .filter(isHoldName)
    .toSorted()
    .flatMap((name) => read(directory, name) ?? [])
}

/** @throws FunnelError `FUNNEL_CHANNEL_FOREIGN`; the system's error: `ENOENT` when the log has no channel */
export function writeHold(channel: string, log: string, hold: StoredHold): void {
  try {
    replaceHold(channel, log, hold)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    // The listener removes the empty directory of a log that is gone, at any instant. Without a channel this fails again.
    replaceHold(channel, log, hold)
  }
}

/** Each draft has a name of its own, so that two readers of one name never leave half of a hold. */
function replaceHold(channel: string, log: string, { name, ...hold }: StoredHold): void {
  inHoldDirectory({ channel, log, isMade: true }, (directory, owner) => {
    const draft = directory.at(`${name}.${randomName()}${DRAFT_SUFFIX}`)
    // It is a new file, not what a link leads to.
    const descriptor = openPrivateFile(draft, 'wx')
    try {
      try {
        if (owner) fchownSync(descriptor, owner.uid, owner.gid)
        writeFileSync(descriptor, `${JSON.stringify(hold)}\n`)
      } finally {
        closeSync(descriptor)
      }
      renameSync(draft, directory.at(name))
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
  })
}

/** A reader that never holds anything need not load it. */
function randomName(): string {
  const crypto: typeof Crypto = process.getBuiltinModule('node:crypto')
  return crypto.randomBytes(8).toString('hex')
}

/** Removes the drafts that readers of this name have left when they were killed. */
export function sweepDrafts(channel: string, log: string, name: string): void {
  removeIn(channel, log, (entry, modified) => isDraftOf(name, entry) && Date.now() - modified > LEFT_BEHIND_MS)
}

/** Retention no longer spares anything for it. */
export function removeHold(channel: string, log: string, name: string): void {
  removeIn(channel, log, (entry) => entry === name || isDraftOf(name, entry))
}

function isDraftOf(name: string, entry: string): boolean {
  return entry.startsWith(`${name}.`) && DRAFT.test(entry.slice(name.length))
}

function removeIn(channel: string, log: string, isWanted: (entry: string, modified: number) => boolean): void {
  try {
    inHoldDirectory({ channel, log, isMade: false }, (directory) => {
      for (const entry of readdirSync(directory.path)) {
        const stats = lstatSync(directory.at(entry), { throwIfNoEntry: false })
        if (stats && isWanted(entry, stats.mtimeMs)) rmSync(directory.at(entry), { force: true })
      }
    })
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

/** One that says nothing holds everything: what its reader has read is not known. @throws the system's error */
function read(directory: string, name: string): StoredHold | undefined {
  const bytes = readPrivate(join(directory, name))
  // Released meanwhile.
  if (bytes === undefined) return undefined
  return { name, ...(decode(bytes) ?? { logId: '', position: 0, budget: DEFAULT_BUDGET_BYTES, at: 0 }) }
}

function decode(bytes: Buffer): Omit<StoredHold, 'name'> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    if (!isRecord(value)) return undefined
    const { logId, position, budget, at } = value
    if (typeof logId !== 'string' || !isWholeNumber(position) || !isWholeNumber(budget)) return undefined
    return { logId, position, budget, at: typeof at === 'number' ? at : 0 }
  } catch {
    return undefined
  }
}
