/**
 * The end of a mailbox, as its writer notes it and as the listener finds it: what the writer reported about its exit, the lines that the listener
 * adds after the writer's last one, and the deletion of the mailbox.
 */
import { closeSync, existsSync, lstatSync, readFileSync, renameSync, rmSync } from '../captured/fs.ts'
import { basename, join } from 'node:path'
import { makePrivateDirectory, writePrivateFile } from '../layout/private.ts'
import { segmentAfter } from '../segment/find-segment.ts'
import { segmentFileName } from '../segment/segment-name.ts'
import { isThere, openIfThere } from '../util/files.ts'
import { DROPS_NAME, overwriteDrops } from './drops.ts'

const EXIT_CODE = /^-?\d+$/

/**
 * Notes that the process or thread is about to end normally. Best effort: an end that can't be noted seems to be a kill.
 *
 * @param code - it is going to exit with
 */
export function noteLeft(mailbox: string, code: number): void {
  try {
    writePrivateFile(join(mailbox, 'left'), String(code))
  } catch {
    // Only the report about the worker's end depends on it.
  }
}

/** Declares that the writer will not write again. Best effort: the end of its socket shows it as well. */
export function noteSealed(mailbox: string): void {
  try {
    writePrivateFile(join(mailbox, 'sealed'), '')
  } catch {
    // The end of the socket.
  }
}

export class MailboxEnding {
  readonly #mailbox: string

  /** @param mailbox - its directory */
  constructor(mailbox: string) {
    this.#mailbox = mailbox
  }

  /** Whether the writer ended normally, rather than being killed. */
  hasLeft(): boolean {
    return this.isSealed() || this.exitCode() !== undefined
  }

  /**
   * The code that the process or thread was about to exit with; `undefined` when it did not report one, or was killed
   * or ran out of disk space while it did.
   */
  exitCode(): number | undefined {
    const descriptor = openIfThere(join(this.#mailbox, 'left'))
    if (descriptor === undefined) return undefined
    try {
      const text = readFileSync(descriptor, 'latin1')
      return EXIT_CODE.test(text) ? Number(text) : undefined
    } finally {
      closeSync(descriptor)
    }
  }

  /** Whether the writer has declared that it will not write again. */
  isSealed(): boolean {
    return existsSync(join(this.#mailbox, 'sealed'))
  }

  /** Whether the final lines were appended, or can't be. */
  hasFinalLines(): boolean {
    return lstatSync(join(this.#mailbox, DROPS_NAME), { throwIfNoEntry: false })?.isFile() !== true
  }

  /**
   * Appends lines as a last segment. They replace the tally of drops, so that they need no further disk space. The
   * rename makes both happen exactly once, whichever process is killed. The writer must be dead, and all its lines
   * read.
   *
   * @param last - the sequence of the segment that was read last
   * @throws the system's error; the caller repeats the call then
   */
  appendFinalLines(last: number, lines: string): void {
    const later = segmentAfter(this.#mailbox, last)
    if (later !== undefined) throw new Error(`segment ${later} exists and was not read`)
    overwriteDrops(this.#mailbox, lines)
    renameSync(join(this.#mailbox, DROPS_NAME), join(this.#mailbox, segmentFileName(last + 1, 'plain')))
  }

  /**
   * Deletes the mailbox. A kill half-way leaves a directory in `tmp`, which the sweep of drafts deletes later. Makes `tmp`
   * again when a cleaner has removed it.
   *
   * @returns whether it was there: another program may have moved it away, and may bring it back
   * @throws the system's error when the mailbox can't be moved to `tmp`; it is still whole then
   */
  delete(tmp: string): boolean {
    const gone = join(tmp, `${basename(this.#mailbox)}.gone`)
    try {
      renameSync(this.#mailbox, gone)
    } catch (error) {
      if (!isThere(this.#mailbox)) return false
      if (isThere(tmp)) throw error
      makePrivateDirectory(tmp)
      renameSync(this.#mailbox, gone)
    }
    try {
      rmSync(gone, { recursive: true, force: true })
    } catch {
      // The rename already removed it; the sweep of drafts deletes the rest.
    }
    return true
  }
}
