/**
 * The names of all log files of the channel, kept in its file `logs`, one per line, as JSON.
 *
 * Two rules depend on them, also while no worker writes a log. A log file is never taken for a rotated file of another
 * log, even if it has such a name (app.1.log beside app.log). And only a log file can be rotated on demand.
 */
import { isFileName, makePrivate, systemCode } from '@pino-funnel/channel'
import { closeSync, constants, lstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
/** Names that are kept unconditionally. More come from a log file per process: then deleted log files are left out. */
const MANY = 1000

/** Says which names belong to log files. */
export interface LogNames {
  has(name: string): boolean
}

export class KnownLogs implements LogNames {
  readonly #path: string
  readonly #names: Set<string>
  /** Names that are not in the file yet. */
  readonly #unsaved = new Set<string>()
  readonly #logDirectory: string
  readonly #isInUse: (name: string) => boolean
  /** Number of names above which deleted log files are left out again. */
  #most = MANY

  /**
   * @param path - of the file `logs`
   * @param logDirectory - the directory of the log files
   * @param isInUse - whether a log is being written: then its name is kept, also while the log file does not exist
   * @throws the system's error when the file exists, and can't be read
   */
  constructor(path: string, logDirectory: string, isInUse: (name: string) => boolean) {
    this.#path = path
    this.#logDirectory = logDirectory
    this.#isInUse = isInUse
    this.#names = read(path)
    if (this.#names.size > this.#most) this.#compact()
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  get names(): string[] {
    return [...this.#names]
  }

  /**
   * Adds the name of a log that is about to be written.
   *
   * @throws the system's error; the name is known nevertheless, and stored with the next one
   */
  add(name: string): void {
    if (!this.#names.has(name)) this.#unsaved.add(name)
    this.#names.add(name)
    if (this.#unsaved.size === 0) return
    if (this.#names.size > this.#most) this.#compact()
    else append(this.#path, linesOf(this.#unsaved))
    this.#unsaved.clear()
  }

  /** Removes the names of deleted log files, and stores the others. */
  #compact(): void {
    for (const name of this.#names) if (!this.#isKept(name)) this.#names.delete(name)
    this.#most = Math.max(MANY, this.#names.size * 2)
    const draft = `${this.#path}.draft`
    rmSync(draft, { force: true })
    append(draft, linesOf(this.#names), O_EXCL)
    renameSync(draft, this.#path)
  }

  #isKept(name: string): boolean {
    if (this.#isInUse(name) || this.#unsaved.has(name)) return true
    return lstatSync(join(this.#logDirectory, name), { throwIfNoEntry: false }) !== undefined
  }
}

/** A newline comes first, so that a line that a kill or a full disk has torn can't spoil the new lines. */
function linesOf(names: Iterable<string>): string {
  return Array.from(names, (name) => `\n${JSON.stringify(name)}`).join('')
}

function read(path: string): Set<string> {
  try {
    return new Set(readFileSync(path, 'utf8').split('\n').flatMap(nameIn))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Set()
    throw error
  }
}

function nameIn(line: string): string[] {
  try {
    const name: unknown = JSON.parse(line)
    return typeof name === 'string' && isFileName(name) ? [name] : []
  } catch {
    return []
  }
}

function append(path: string, text: string, flags = 0): void {
  const descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | flags, 0o600)
  try {
    makePrivate(descriptor)
    writeSync(descriptor, Buffer.from(text))
  } finally {
    closeSync(descriptor)
  }
}
