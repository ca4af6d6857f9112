/**
 * Recovery: what became of an intent that is in doubt, decided from what is on disk.
 *
 * | bytes of the intent in the log file | verdict                                                                   |
 * |-------------------------------------|---------------------------------------------------------------------------|
 * | none                                | not applied: its lines are read again                                     |
 * | a part (a kill tears a write)       | torn: the rest is appended, since readers have seen the first part        |
 * | all                                 | applied                                                                   |
 * | the size fits none of these         | foreign: another process wrote to the file or cut it; counts as applied   |
 * | the file itself is gone             | not applied: what was in it is out of reach, what is in mailboxes is not  |
 *
 * That an intent is not applied must be made durable, by a checkpoint, before its offset is used again: after the next
 * crash the new bytes would be judged by the old intent. Each step can be repeated after a kill at any instant.
 */
import { identityOf, LogFile } from '../log/log-file.ts'
import { createRenderer } from '../format/renderer.ts'
import { intentBytes, type Intent, type MailboxRange, type Rendering } from '../journal/journal-entry.ts'
import { renderAll } from './rendered-output.ts'
import { lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export type Verdict =
  | { readonly name: 'not applied' | 'applied' | 'foreign' }
  | { readonly name: 'torn'; readonly written: number }

/** A log file as recovery needs it. */
export interface RecoverableLog {
  size(): number
  append(bytes: Buffer): void
}

/** Reads the bytes of a mailbox again that an intent names. */
export type RangeSource = (range: MailboxRange) => Buffer

/** @param size - of the log file now */
export function judge(intent: Intent, size: number): Verdict {
  const written = size - intent.offset
  const total = intentBytes(intent)
  if (written === 0) return { name: 'not applied' }
  if (written === total) return { name: 'applied' }
  if (written > 0 && written < total) return { name: 'torn', written }
  return { name: 'foreign' }
}

/**
 * Finds out what became of an intent, and completes it if it was torn.
 *
 * @param log - the file the intent was for; `undefined` when it is gone
 * @param end - how the file ends: torn lines were cut off after a reboot
 * @returns whether its bytes are in the log, and whether another process has changed the log
 * @throws the system's error when the rest can't be appended; to be repeated then
 */
export function resolveIntent(
  intent: Intent,
  log: RecoverableLog | undefined,
  source: RangeSource,
  end: 'maybe torn' | 'whole line' = 'maybe torn',
): { readonly isApplied: boolean; readonly isForeign: boolean } {
  if (!log) return { isApplied: false, isForeign: false }
  const verdict = judge(intent, log.size())
  if (verdict.name === 'torn') {
    const bytes = rest(intent, verdict.written, source)
    if (bytes) log.append(bytes)
    else if (end === 'maybe torn') log.append(Buffer.from('\n'))
    // Lines that can't be rendered as before are still in the mailboxes: rather twice than lost.
    if (!bytes && intent.rendering) return { isApplied: false, isForeign: false }
  }
  return { isApplied: verdict.name !== 'not applied', isForeign: verdict.name === 'foreign' }
}

/**
 * The bytes of an intent that are not in the log yet; `undefined` when they can't be read again: a mailbox was deleted,
 * or a power loss took from the log what had been retired. The line that was begun must be ended then, at least.
 */
function rest(intent: Intent, written: number, source: RangeSource): Buffer | undefined {
  const lines = Buffer.concat(intent.ranges.map(source))
  const bytes = intent.rendering ? renderAgain(lines, intent.rendering) : lines
  return bytes.length === intentBytes(intent) ? bytes.subarray(written) : undefined
}

function renderAgain(lines: Buffer, { format, application }: Rendering): Buffer {
  try {
    const renderer = createRenderer(format, { resolveFrom: [application] })
    return renderer ? renderAll(lines, renderer) : lines
  } catch {
    // pino-pretty is no longer installed.
    return Buffer.alloc(0)
  }
}

/** A log file that was found again. It is opened only to be changed: it may be read-only by now, and complete. */
export class FoundLog implements RecoverableLog {
  readonly path: string
  #log: LogFile | undefined

  constructor(path: string) {
    this.path = path
  }

  size(): number {
    return statSync(this.path).size
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
    this.#log ??= LogFile.open(this.path, NEVER_MADE)
    return this.#log
  }
}

/** The file is there; this is the mode of one that had to be made. */
const NEVER_MADE = 0o600

/** Finds the file an intent was for, under whatever name it has in the log directory now. */
export function findByIdentity(logDirectory: string, intent: Intent): FoundLog | undefined {
  const names = [intent.file, ...readdirSync(logDirectory)]
  for (const name of names) {
    const path = join(logDirectory, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats?.isFile() && identityOf(stats) === intent.identity) return new FoundLog(path)
  }
  return undefined
}
