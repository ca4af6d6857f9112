/**
 * The names of all log files of the channel, kept in its file `logs`, one per line, as JSON.
 *
 * Two rules depend on them, also while no worker writes a log. A log file is never taken for a rotated file of another
 * log, even if it has such a name (app.1.log beside app.log). And only a log file can be rotated on demand.
 */
import { closeSync, isFileName, makePrivate, namesIn, systemCode, writeAll } from '@pino-funnel/channel'
import { constants, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { parse } from 'node:path'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
/** Names that are kept unconditionally. More come from a log file per process: then deleted log files are left out. */
const MANY = 1000

export interface KnownLogsOptions {
  /** The directory of the log files. */
  readonly logDirectory: string
  /** Whether a log is being written, or held: then its name is kept, also while the log file does not exist. */
  isInUse(name: string): boolean
  /** Whether this process is still the listener. */
  isOurs(): boolean
  /**
   * Removes what else is kept of a log, before its name is left out. May be called again.
   *
   * @returns whether nothing is left; its name is kept otherwise
   */
  forget(name: string): boolean
}

/** Says which names belong to log files. */
export interface LogNames {
  has(name: string): boolean
}

export class KnownLogs implements LogNames {
  readonly #path: string
  readonly #names: Set<string>
  /** Names that are not in the file yet. */
  readonly #unsaved = new Set<string>()
  readonly #options: KnownLogsOptions
  /** Number of names above which deleted log files are left out again. */
  #most = MANY

  /**
   * @param path - of the file `logs`
   * @throws the system's error when the file exists, and can't be read
   */
  constructor(path: string, options: KnownLogsOptions) {
    this.#path = path
    this.#options = options
    this.#names = read(path)
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
    if (this.#names.size > this.#most && this.#options.isOurs()) this.#compact()
    else append(this.#path, linesOf(this.#unsaved))
    this.#unsaved.clear()
  }

  /**
   * Removes the names of logs that are gone, and stores the others. Where none is there, the disk of the logs may be away:
   * then nothing is known to be gone.
   */
  #compact(): void {
    const stems = stemsIn(this.#options.logDirectory)
    const gone = [...this.#names].filter((name) => !this.#isKept(name, stems))
    const isProven = [...this.#names].some((name) => stems.has(name))
    for (const name of isProven ? gone : []) {
      // A listener that was stopped in between may have been replaced: the next one may write this log, and knows others.
      if (!this.#options.isOurs()) return
      if (this.#options.forget(name)) this.#names.delete(name)
    }
    this.#most = Math.max(MANY, this.#names.size * 2)
    const draft = `${this.#path}.draft`
    rmSync(draft, { force: true })
    append(draft, linesOf(this.#names), O_EXCL)
    if (this.#options.isOurs()) renameSync(draft, this.#path)
  }

  /** One is also kept for its rotated files. */
  #isKept(name: string, stems: ReadonlySet<string>): boolean {
    return this.#options.isInUse(name) || this.#unsaved.has(name) || stems.has(name) || stems.has(parse(name).name)
  }
}

/** The names in a directory, and each beginning of them before a dot: rotated files of `app.log` have the stem `app`. */
function stemsIn(directory: string): Set<string> {
  const stems = new Set<string>()
  for (const name of namesIn(directory)) {
    stems.add(name)
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) stems.add(name.slice(0, dot))
  }
  return stems
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
    writeAll(descriptor, Buffer.from(text))
  } finally {
    closeSync(descriptor)
  }
}
