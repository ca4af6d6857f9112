/**
 * What became of an intent that is in doubt, decided from what is on disk.
 *
 * What always holds in this room: no memory of a process is needed. A listener resolves its own intents after trouble
 * with the disk in the same way as those of a listener that was killed.
 *
 * | bytes of the intent in the log file | verdict                                                                   |
 * |-------------------------------------|---------------------------------------------------------------------------|
 * | none                                | not applied: its lines are read again                                     |
 * | a part (a kill tears a write)       | torn: the rest is appended, since readers have seen the first part        |
 * | a part, and lines are out of reach  | not applied, behind the end of the line that was begun: see below         |
 * | all                                 | applied                                                                   |
 * | the size fits none of these         | foreign: another process wrote to the file or cut it; counts as applied   |
 * | fewer than before, append has failed| not applied: another process has cut the file, and no bytes are behind it |
 * | the file itself is gone             | not applied: what was in it is out of reach, what is in mailboxes is not  |
 *
 * A mailbox that was moved or deleted may come back, a segment that was cut or deleted takes no lines of other mailboxes
 * with it, and lines that can't be rendered as before are still in theirs. The intent is not applied then, and its lines
 * are read again: rather twice than lost. A listener that begins leaves out lines whose bytes can be compared, and are in
 * the log file; one that resolves an intent later reads them again, too. Lines that are retired were in the log file.
 *
 * found-log.ts finds the file.
 *
 * That an intent is not applied must be made durable, by a checkpoint, before its offset is used again: after the next
 * crash the new bytes would be judged by the old intent. Each step can be repeated after a kill at any instant.
 */
import { intentBytes, type Intent, type MailboxRange } from '../journal/journal-entry.ts'
import { findLog } from './found-log.ts'
import { readIntent, type Piece, type RangeSource } from './intent-lines.ts'

export type Verdict =
  | { readonly name: 'not applied' | 'applied' | 'foreign' }
  | { readonly name: 'torn'; readonly written: number }

export interface Resolution {
  /** Whether the log file has all of the intent now. If not, its lines are read again. */
  readonly isApplied: boolean
  /** Of an intent that is not applied: lines that the log file has all the same. A listener that begins leaves them out. */
  readonly applied: readonly MailboxRange[]
  /** Whether another process has changed the log file. */
  readonly isForeign: boolean
}

/** A log file as recovery needs it. */
export interface RecoverableLog {
  size(): number
  /** Its last bytes. */
  tail(length: number): Buffer
  append(bytes: Buffer): void
}

/** What it takes to find out what became of an intent. */
export interface Recovery {
  readonly logDirectory: string
  readonly source: RangeSource
  /** Whether the machine has been rebooted since the intent was made: the last line of a log file may be torn then. */
  readonly afterReboot: boolean
  /** Whether this listener knows that its append has failed, so that the file has never got all of it. */
  readonly hasFailed: boolean
}

/**
 * Finds the log file of an intent, and {@link resolveIntent resolves} the intent.
 *
 * @throws the system's error while the log file can't be read or completed; to be repeated then
 */
export function settle(intent: Intent, { logDirectory, source, afterReboot, hasFailed }: Recovery): Resolution {
  const log = findLog(logDirectory, intent, source)
  try {
    if (afterReboot) log?.cutTornTail()
    // An operator makes room on a full disk so. What was written of the intent is gone with what was before it.
    if (hasFailed && log && log.size() < intent.offset) return { isApplied: false, applied: [], isForeign: false }
    return resolveIntent(intent, log, source, afterReboot ? 'whole line' : 'maybe torn')
  } finally {
    log?.close()
  }
}

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
): Resolution {
  if (!log) return { isApplied: false, applied: [], isForeign: false }
  const verdict = judge(intent, log.size())
  if (verdict.name === 'torn') {
    const { pieces, whole, isRetired } = readIntent(intent, source)
    const isIntact = whole !== undefined && endsWith(log, whole.subarray(0, verdict.written))
    if (isIntact) log.append(whole.subarray(verdict.written))
    else {
      // A recovery before this one may have ended it.
      if (end === 'maybe torn' && !endsWith(log, NEWLINE)) log.append(NEWLINE)
      const applied = linesInLog(intent, log.tail(log.size() - intent.offset), pieces)
      return { isApplied: whole === undefined && isRetired, applied, isForeign: false }
    }
  }
  return { isApplied: verdict.name !== 'not applied', applied: [], isForeign: verdict.name === 'foreign' }
}

/**
 * The whole lines of an intent that are in its log file, byte for byte. Of each mailbox, they end at the first line that
 * is not there, or can't be compared.
 *
 * @param written - the log file from the intent's offset on
 */
function linesInLog({ ranges, rendering }: Intent, written: Buffer, pieces: readonly Piece[]): MailboxRange[] {
  if (rendering) return []
  const bytesAt = new Map(pieces.map(({ at, bytes }) => [at, bytes]))
  const incomplete = new Set<string>()
  const found: MailboxRange[] = []
  let at = 0
  for (const range of ranges) {
    const length = range.to - range.from
    const bytes = bytesAt.get(at)
    const inLog = bytes && !incomplete.has(range.mailbox) ? wholeLinesIn(bytes, written.subarray(at)) : 0
    if (inLog < length) incomplete.add(range.mailbox)
    if (bytes && inLog > 0) found.push({ ...range, to: range.from + inLog, records: countLines(bytes, inLog) })
    at += length
  }
  return found
}

/** Bytes of the whole lines at the beginning of `bytes` that are at the beginning of `written`, too. */
function wholeLinesIn(bytes: Buffer, written: Buffer): number {
  let end = 0
  for (;;) {
    const next = bytes.indexOf(NEWLINE, end) + 1
    if (next === 0 || !bytes.subarray(end, next).equals(written.subarray(end, next))) return end
    end = next
  }
}

/** @param end - of the last line that counts */
function countLines(bytes: Buffer, end: number): number {
  let count = 0
  for (let next = 0; next < end; next = bytes.indexOf(NEWLINE, next) + 1) count += 1
  return count
}

const NEWLINE = Buffer.from('\n')
/** Enough to distinguish the end of one line from that of another. */
const COMPARED_BYTES = 512

/** Whether the log file ends with the end of `bytes`, which are in it. */
function endsWith(log: RecoverableLog, bytes: Buffer): boolean {
  const end = bytes.subarray(-COMPARED_BYTES)
  return log.tail(end.length).equals(end)
}
