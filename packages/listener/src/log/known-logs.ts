/**
 * The names of all log files that were written by way of this channel, kept in its file `logs`, one to a line, as JSON.
 *
 * Two things depend on it, also when nobody writes a log at present: it is never taken for what another one was rotated
 * to, should it be called so (app.1.log beside app.log), and only what is a log can be rotated on demand.
 */
import { isFileName, makePrivate, systemCode } from '@pino-funnel/channel'
import { closeSync, constants, lstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
/** More than that come of a log for each process; those that are there no more are left out then. */
const MANY = 1000

export class KnownLogs {
  readonly #path: string
  readonly #names: Set<string>
  /** Names that the file does not have yet. */
  readonly #unsaved = new Set<string>()
  readonly #logDirectory: string
  readonly #isInUse: (name: string) => boolean
  /** Names after which it is looked anew which ones are there. */
  #most = MANY

  /**
   * @param path - of the file
   * @param logDirectory - where the logs are
   * @param isInUse - whether a log is being written, so that it counts also when it is not there at present
   * @throws the system's error when the file is there, and can't be read
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
   * A log is, or is about to be, written.
   *
   * @throws the system's error; the name is known all the same, and stored with the next one
   */
  add(name: string): void {
    if (!this.#names.has(name)) this.#unsaved.add(name)
    this.#names.add(name)
    if (this.#unsaved.size === 0) return
    if (this.#names.size > this.#most) this.#compact()
    else append(this.#path, linesOf(this.#unsaved))
    this.#unsaved.clear()
  }

  /** Lets go of what is not there any more, and stores the rest. */
  #compact(): void {
    for (const name of this.#names) if (!this.#counts(name)) this.#names.delete(name)
    this.#most = Math.max(MANY, this.#names.size * 2)
    const draft = `${this.#path}.draft`
    rmSync(draft, { force: true })
    append(draft, linesOf(this.#names), O_EXCL)
    renameSync(draft, this.#path)
  }

  #counts(name: string): boolean {
    if (this.#isInUse(name) || this.#unsaved.has(name)) return true
    return lstatSync(join(this.#logDirectory, name), { throwIfNoEntry: false }) !== undefined
  }
}

/** A line that a kill or a full disk has torn before them is ended first: it counts for nothing, and these must. */
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
