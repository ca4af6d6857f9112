import { createRenderer, renderAll } from '../format/renderer.ts'
import { intentBytes, type Intent, type MailboxRange, type Rendering } from '../journal/journal-entry.ts'

/**
 * Reads the bytes of a mailbox again that an intent names: none when their segment is not there; `undefined` when
 * that was cut, or the mailbox is not there.
 */
export type RangeSource = (range: MailboxRange) => Buffer | undefined

/** Bytes of an intent, and where among all of its bytes they are. */
export interface Piece {
  readonly at: number
  readonly bytes: Buffer
}

/** What an intent adds to its log file, as far as its lines can be read again. */
export interface IntentLines {
  /** In their order, without those that can't be read again. */
  readonly pieces: readonly Piece[]
  /** All bytes; `undefined` when a piece is missing. */
  readonly whole: Buffer | undefined
  /** Whether all pieces that are missing were retired: the log file had all of the intent then. */
  readonly isRetired: boolean
}

/**
 * Reads the lines of an intent again. Lines are missing when they are retired, which is only done to lines that are in
 * the log file; when a mailbox was moved or deleted, or its segment was cut or deleted; or when a power loss took them.
 * Rendered lines are there as a whole or not at all, since the length of one says nothing about where the next begins.
 */
export function readIntent(intent: Intent, source: RangeSource): IntentLines {
  const { ranges, rendering } = intent
  const pieces: Piece[] = []
  let at = 0
  let isRetired = true
  for (const range of ranges) {
    const length = range.to - range.from
    const bytes = source(range)
    // A NUL is of a hole: the segment was cut, and has grown again.
    if (bytes?.length === length && !bytes.includes(0)) pieces.push({ at, bytes })
    else if (bytes?.length !== 0 || !mayBeRetired(range, ranges)) isRetired = false
    at += length
  }
  const isComplete = pieces.length === ranges.length
  const lines = isComplete ? Buffer.concat(pieces.map(({ bytes }) => bytes)) : undefined
  if (!rendering) return { pieces, whole: lines, isRetired }
  const whole = lines && renderAgain(lines, rendering)
  return whole?.length === intentBytes(intent)
    ? { pieces: [{ at: 0, bytes: whole }], whole, isRetired }
    : { pieces: [], whole: undefined, isRetired: false }
}

/**
 * Whether the segment of a range was retired when it is not there. The segment that a mailbox's last range is in stays
 * until the next intent of the log file, after which this one is no longer in doubt.
 */
function mayBeRetired({ mailbox, sequence }: MailboxRange, ranges: readonly MailboxRange[]): boolean {
  return ranges.some((other) => other.mailbox === mailbox && other.sequence > sequence)
}

function renderAgain(lines: Buffer, { format, application }: Rendering): Buffer | undefined {
  try {
    const renderer = createRenderer(format, { resolveFrom: [application] })
    return renderer ? renderAll(lines, renderer) : lines
  } catch {
    // pino-pretty is no longer installed.
    return undefined
  }
}
