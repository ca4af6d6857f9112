/**
 * The entries of the journal, and their bytes: a line of text for each, `<CRC-32 of the JSON, 8 hex digits> <JSON>\n`.
 *
 * - `checkpoint`: how far each mailbox was read and committed, and how much that was. Always the first entry; the journal
 *   is replaced as a whole with it, by rename.
 * - `intent`: which bytes of mailboxes go to which offset of a log file. One per log file is in doubt at most: an intent
 *   says that the one before it for the same file was applied.
 * - `closed`: the last intent of a log file was applied, and the file is let go. From here on it may be moved or deleted,
 *   and its inode may come back as another file.
 */
import {
  decodeLogFormat,
  FunnelError,
  isFileName,
  isMailboxId,
  isRecord,
  isWholeNumber,
  type LineRange,
  type LogFormat,
  type MailboxPosition,
} from '@pino-funnel/channel'
import { decodeCheckedLine, encodeCheckedLine } from '@pino-funnel/ledger'

/** Whole lines of one mailbox. */
export interface MailboxRange extends LineRange {
  readonly mailbox: string
  readonly records: number
}

/** How far a mailbox is in its log file, and what it has brought there, whichever listeners collected it. */
export interface Collected extends MailboxPosition {
  readonly records: number
  readonly bytes: number
}

export interface Intent {
  /** Name of the log file. */
  readonly file: string
  /** Identity of the file the bytes go to (`identityOf`): a name may come to mean another file. */
  readonly identity: string
  /** The file's size before. */
  readonly offset: number
  /** What is appended: these ranges, in this order. */
  readonly ranges: readonly MailboxRange[]
  /** How their lines are rendered, when they are not appended as they are. */
  readonly rendering?: Rendering
}

/** All it takes to render lines again, and to know that the same has come of it. */
export interface Rendering {
  readonly format: LogFormat
  /** Where the application is whose modules render. */
  readonly application: string
  /** Bytes of the rendered lines. */
  readonly bytes: number
}

export interface JournalState {
  /** The boot of the machine in which it was written, `''` where that is not known. */
  readonly boot: string
  readonly positions: ReadonlyMap<string, Collected>
  /** The last intent for each log file, if it is not known whether it was applied. */
  readonly inDoubt: ReadonlyMap<string, Intent>
}

/** Bytes that an intent adds to the log file. */
export function intentBytes(intent: Intent): number {
  if (intent.rendering) return intent.rendering.bytes
  return intent.ranges.reduce((sum, range) => sum + range.to - range.from, 0)
}

/** Of the entries below. */
const VERSION = 1

type Entry =
  | { readonly type: 'checkpoint'; readonly boot: string; readonly positions: ReadonlyMap<string, Collected> }
  | { readonly type: 'intent'; readonly intent: Intent }
  | { readonly type: 'closed'; readonly file: string }

export function replay(entries: readonly Entry[]): JournalState {
  const positions = new Map<string, Collected>()
  const inDoubt = new Map<string, Intent>()
  let boot = ''
  for (const entry of entries) {
    if (entry.type === 'checkpoint') {
      boot = entry.boot
      for (const [mailbox, position] of entry.positions) positions.set(mailbox, position)
      continue
    }
    const file = entry.type === 'intent' ? entry.intent.file : entry.file
    const before = inDoubt.get(file)
    if (before) advance(positions, before.ranges)
    if (entry.type === 'intent') inDoubt.set(file, entry.intent)
    else inDoubt.delete(file)
  }
  return { boot, positions, inDoubt }
}

/** Moves positions past ranges that were applied. */
export function advance(positions: Map<string, Collected>, ranges: readonly MailboxRange[]): void {
  for (const range of ranges) positions.set(range.mailbox, behind(range, positions.get(range.mailbox)))
}

/**
 * What was collected from a mailbox when a range of it is committed.
 *
 * @param before - what was collected before
 */
export function behind(range: Omit<MailboxRange, 'mailbox'>, before: Collected | undefined): Collected {
  const { records, bytes } = before ?? { records: 0, bytes: 0 }
  const { sequence, from, to } = range
  return { sequence, offset: to, records: records + range.records, bytes: bytes + to - from }
}

export function encodeState(state: JournalState): Buffer {
  const positions = [...state.positions].map(([mailbox, { sequence, offset, records, bytes }]) => [
    mailbox,
    sequence,
    offset,
    records,
    bytes,
  ])
  const checkpoint = encodeCheckedLine({ type: 'checkpoint', version: VERSION, boot: state.boot, positions })
  return Buffer.concat([
    checkpoint,
    ...[...state.inDoubt.values()].map((intent) => encodeCheckedLine(intentEntry(intent))),
  ])
}

export function intentEntry(intent: Intent): object {
  const ranges = intent.ranges.map(({ mailbox, sequence, from, to, records }) => [mailbox, sequence, from, to, records])
  const { file, identity, offset, rendering } = intent
  return { type: 'intent', file, identity, offset, ranges, ...(rendering && { rendering }) }
}

/** Decodes as many entries as are whole. @returns them, and where the last of them ends */
export function decodeEntries(bytes: Buffer): { readonly entries: Entry[]; readonly end: number } {
  const entries: Entry[] = []
  for (let from = 0; ;) {
    const end = bytes.indexOf('\n', from)
    const entry = end === -1 ? undefined : decodeEntry(bytes.toString('utf8', from, end))
    if (!entry) return { entries, end: from }
    entries.push(entry)
    from = end + 1
  }
}

function decodeEntry(line: string): Entry | undefined {
  const value = decodeCheckedLine(line)
  if (!value) return undefined
  if (value['type'] === 'checkpoint') return decodeCheckpoint(value)
  if (value['type'] === 'closed') return decodeClosed(value)
  return value['type'] === 'intent' ? decodeIntent(value) : undefined
}

function decodeClosed(value: object): Entry | undefined {
  if (!('file' in value) || typeof value.file !== 'string' || !isFileName(value.file)) return undefined
  return { type: 'closed', file: value.file }
}

function decodeCheckpoint(value: object): Entry | undefined {
  refuseOtherVersion(value)
  if (!('boot' in value) || typeof value.boot !== 'string') return undefined
  if (!('positions' in value) || !Array.isArray(value.positions)) return undefined
  const positions = new Map<string, Collected>()
  for (const item of value.positions as unknown[]) {
    if (!Array.isArray(item)) return undefined
    const [mailbox, sequence, offset, records, bytes] = item as unknown[]
    if (!isId(mailbox) || !isWholeNumber(sequence) || !isWholeNumber(offset)) return undefined
    if (!isWholeNumber(records) || !isWholeNumber(bytes)) return undefined
    positions.set(mailbox, { sequence, offset, records, bytes })
  }
  return { type: 'checkpoint', boot: value.boot, positions }
}

function refuseOtherVersion(checkpoint: object): void {
  const version = 'version' in checkpoint ? checkpoint.version : undefined
  if (version === VERSION) return
  throw new FunnelError(
    'FUNNEL_CHANNEL_FORMAT',
    `The journal has version ${String(version)}, and this listener knows version ${VERSION} only. ` +
      `Let all workers of one log directory run the same version of pino-funnel.`,
  )
}

function decodeIntent(value: object): Entry | undefined {
  if (!('file' in value && 'identity' in value && 'offset' in value && 'ranges' in value)) return undefined
  const { file, identity, offset } = value
  if (typeof file !== 'string' || !isFileName(file) || typeof identity !== 'string') return undefined
  if (!isWholeNumber(offset) || !Array.isArray(value.ranges)) return undefined
  const ranges: MailboxRange[] = []
  for (const item of value.ranges as unknown[]) {
    const range = decodeRange(item)
    if (!range) return undefined
    ranges.push(range)
  }
  if (!('rendering' in value)) return { type: 'intent', intent: { file, identity, offset, ranges } }
  const rendering = decodeRendering(value.rendering)
  return rendering && { type: 'intent', intent: { file, identity, offset, ranges, rendering } }
}

function decodeRendering(value: unknown): Rendering | undefined {
  if (!isRecord(value)) return undefined
  if (!('format' in value && 'application' in value && 'bytes' in value)) return undefined
  const { application, bytes } = value
  const format = decodeLogFormat(value.format)
  if (!format || typeof application !== 'string' || !isWholeNumber(bytes)) return undefined
  return { format, application, bytes }
}

function decodeRange(item: unknown): MailboxRange | undefined {
  if (!Array.isArray(item)) return undefined
  const [mailbox, sequence, from, to, records] = item as unknown[]
  if (!isId(mailbox) || !isWholeNumber(sequence) || !isWholeNumber(from) || !isWholeNumber(to) || to < from)
    return undefined
  return isWholeNumber(records) ? { mailbox, sequence, from, to, records } : undefined
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && isMailboxId(value)
}
