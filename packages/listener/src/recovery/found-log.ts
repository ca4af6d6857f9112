/**
 * The log file that an intent was for, found again.
 *
 * It is found by its identity, its inode and birth time, under whatever name it has in the log directory now. The device
 * number is left out: an overlay or a btrfs has another one after each mount. A file that was copied, restored or moved to
 * another file system has another identity, and its content decides: the bytes of the intent are still in the mailboxes,
 * or they are retired, which is only done to bytes that are in the log file.
 */
import { closeSync, isTrustedFile, refuseUntrustedFile, systemCode } from '@pino-funnel/channel'
import { constants, lstatSync, readdirSync, readSync } from 'node:fs'
import { basename, join } from 'node:path'
import { intentBytes, type Intent } from '../journal/journal-entry.ts'
import { identityOf, LogFile } from '../log/log-file.ts'
import { openTrusted } from '../log/open-trusted.ts'
import { readIntent, type IntentLines, type RangeSource } from './intent-lines.ts'

/**
 * It is opened only to be changed: it may be read-only by now, and complete. It is not made when it has gone: an empty
 * file would get the end of a line.
 */
export class FoundLog {
  readonly path: string
  #log: LogFile | undefined

  constructor(path: string) {
    this.path = path
  }

  size(): number {
    return lstatSync(this.path).size
  }

  tail(length: number): Buffer {
    const descriptor = openTrusted(this.path, constants.O_RDONLY)
    try {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, Math.max(0, this.size() - length)))
    } finally {
      closeSync(descriptor)
    }
  }

  append(bytes: Buffer): void {
    this.#open().append(bytes)
  }

  /** See `LogFile.cutTornTail`. */
  cutTornTail(): number {
    return this.#open().cutTornTail()
  }

  close(): void {
    this.#log?.close()
  }

  #open(): LogFile {
    this.#log ??= LogFile.openExisting(this.path)
    return this.#log
  }
}

/**
 * @returns `undefined` when no file can be the one the intent was for
 * @throws the system's error, or FunnelError `FUNNEL_LOG_FILE_UNUSABLE`, when a file that may be the one can't be read, or
 * must not be used: nothing is known of the intent then
 */
export function findLog(logDirectory: string, intent: Intent, source: RangeSource): FoundLog | undefined {
  const named = describe(logDirectory, intent.file, intent)
  if (named?.identity === intent.identity) return new FoundLog(named.path)
  const lines = readIntent(intent, source)
  const file = named && isNamed(named, intent, lines) ? named : findRenamed(logDirectory, intent, lines)
  return file && new FoundLog(file.path)
}

/** A file of the log directory that no other user can have put there. */
interface Candidate {
  readonly path: string
  readonly identity: string
  readonly size: number
}

function describe(directory: string, name: string, intent: Intent): Candidate | undefined {
  const path = join(directory, name)
  const stats = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  if (!stats) return undefined
  const identity = identityOf(stats)
  // It is not gone: its owner may be put right again.
  if (name === intent.file || identity === intent.identity) refuseUntrustedFile(path, stats)
  else if (!isTrustedFile(path, stats)) return undefined
  return { path, identity, size: Number(stats.size) }
}

/** Whether the file of the intent's name, which has another identity, is nevertheless the one. */
function isNamed(file: Candidate, intent: Intent, lines: IntentLines): boolean {
  const { offset } = intent
  // An empty file may as well be new.
  const shortest = lines.whole ? Math.max(offset, 1) : endOf(intent)
  return file.size >= shortest && hasPieces(file, intent, lines)
}

/** By its identity, if its content does not speak against that: an inode may be that of another file after a restore. */
function findRenamed(directory: string, intent: Intent, lines: IntentLines): Candidate | undefined {
  const files = readdirSync(directory).flatMap((name) => describe(directory, name, intent) ?? [])
  const matching = files.filter((file) => file.size >= intent.offset && mayHavePieces(file, intent, lines))
  const identified = matching.find(({ identity }) => identity === intent.identity)
  // Files of many runs may begin alike. One that was renamed after the append ends with the whole intent.
  return identified ?? matching.find(({ size }) => lines.whole !== undefined && size === endOf(intent))
}

function endOf(intent: Intent): number {
  return intent.offset + intentBytes(intent)
}

/** As `hasPieces`. One file of the directory that can't be read, of another program or so, must not hold up the log. */
function mayHavePieces(file: Candidate, intent: Intent, lines: IntentLines): boolean {
  try {
    return hasPieces(file, intent, lines)
  } catch (error) {
    const isTheOne = basename(file.path) === intent.file || file.identity === intent.identity
    if (isTheOne || !UNREADABLE.has(systemCode(error))) throw error
    return false
  }
}

/** What an open says of a file that this process may not read, or that is gone by now. Other errors may pass. */
const UNREADABLE: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'ENOENT'])

/** Whether a file has the bytes of an intent where they would be, as far as both are there. */
function hasPieces(file: Candidate, { offset }: Intent, { pieces }: IntentLines): boolean {
  const descriptor = openTrusted(file.path, constants.O_RDONLY)
  try {
    return pieces.every(({ at, bytes }) => {
      const found = Buffer.alloc(Math.min(bytes.length, Math.max(0, file.size - offset - at)))
      const count = readSync(descriptor, found, 0, found.length, offset + at)
      return count === found.length && found.equals(bytes.subarray(0, count))
    })
  } finally {
    closeSync(descriptor)
  }
}
