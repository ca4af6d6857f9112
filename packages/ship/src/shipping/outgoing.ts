/** What becomes of a batch before it leaves: records below a level stay here, a transform changes them, long ones are cut. */
import { FunnelError, levelNumber, levelOf } from '@pino-funnel/channel'
import { types } from 'node:util'
import { recordId, RefusedError, type Batch } from '../engine/engine.ts'

const NEWLINE = 0x0a
/** Of a record that is too long for the engine: this much of it goes along. */
const CUT_BYTES = 64 * 1024

/**
 * Changes a record on its way out.
 *
 * @param line - the record as it is in the log, without the newline
 * @param record - its id, which is that of the record in the log, whatever becomes of the line
 * @returns the line to ship; `undefined` when the record is not to be shipped
 */
export type Transform = (line: string, record: { readonly id: string }) => string | undefined

export interface OutgoingOptions {
  /** Records of this level and above, and records without a level. */
  readonly level?: number
  readonly transform?: Transform
  readonly tooLong: 'cut' | 'skip'
}

export interface Outgoing {
  /** `undefined` when nothing of the batch is to be shipped. */
  readonly batch: Batch | undefined
  /** Records that were cut or left out because they are too long. */
  readonly tooLong: number
}

/**
 * @param most - bytes that the engine takes
 * @throws RefusedError when the transform fails: a record that it should have redacted must not leave; FunnelError
 * `FUNNEL_SHIP_UNUSABLE` when it is asynchronous
 */
export function outgoing(batch: Batch, log: string, most: number, options: OutgoingOptions): Outgoing {
  const { level, transform } = options
  const isWhole = batch.bytes.at(-1) === NEWLINE
  if (level === undefined && !transform && isWhole && batch.bytes.length <= most) return { batch, tooLong: 0 }
  const lines: Buffer[] = []
  const offsets: number[] = []
  let tooLong = 0
  for (const { line, from } of linesOf(batch)) {
    if (level !== undefined && numberOf(line) < level) continue
    const changed = transform ? transformed(transform, line, recordId(log, from)) : line
    if (!changed) continue
    const isTooLong = changed.length + 1 > most
    if (isTooLong) tooLong += 1
    if (isTooLong && options.tooLong === 'skip') continue
    offsets.push(from - batch.from)
    lines.push(isTooLong ? cutLine(changed, recordId(log, from), most) : changed, LINE_END)
  }
  if (lines.length === 0) return { batch: undefined, tooLong }
  return { batch: { ...batch, bytes: Buffer.concat(lines), records: offsets.length, offsets }, tooLong }
}

const LINE_END = Buffer.from([NEWLINE])

function* linesOf({ bytes, from }: Batch): Generator<{ line: Buffer; from: number }, void, void> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, at)
    const stop = end === -1 ? bytes.length : end
    yield { line: bytes.subarray(at, stop), from: from + at }
    at = stop + 1
  }
}

function transformed(transform: Transform, line: Buffer, id: string): Buffer | undefined {
  let text: unknown
  try {
    text = transform(line.toString(), { id })
  } catch (error) {
    throw new RefusedError(`The transform failed for the record ${id}: ${String(error)}`, { cause: error })
  }
  if (types.isPromise(text)) {
    // What becomes of it is of no use.
    text.catch(() => {})
    throw asynchronous()
  }
  if (text === undefined || text === null) return undefined
  if (typeof text === 'string' && !text.includes('\n')) return Buffer.from(text)
  throw new RefusedError(`The transform must return one line or undefined for the record ${id}; got ${typeof text}`)
}

/** Not a refusal: it would be the same for every record. */
export function asynchronous(): FunnelError {
  return new FunnelError(
    'FUNNEL_SHIP_UNUSABLE',
    `The transform is asynchronous: it returns a promise. It must return the line itself, or undefined. Change it, and start the shipper again.`,
  )
}

/** Records without a level pass every level. */
function numberOf(line: Buffer): number {
  const text = levelOf(line.toString('latin1', 0, 1024))
  return levelNumber(Number.isNaN(Number(text)) ? text : Number(text)) ?? Infinity
}

function levelIn(line: Buffer): { level?: number } {
  const level = numberOf(line)
  return Number.isFinite(level) ? { level } : {}
}

/** A record in the place of one that is too long. The log has it whole. */
function cutLine(line: Buffer, id: string, most: number): Buffer {
  const head = line.toString('latin1', 0, Math.min(CUT_BYTES, Math.floor(most / 8)))
  // Only what is the same in every encoding: a character must not be cut in two.
  const start = head.replaceAll(/[^\u0020-\u007e]/g, '?')
  return Buffer.from(
    JSON.stringify({ ...levelIn(line), funnel: { event: 'ship-cut', id, bytes: line.length }, msg: start }),
  )
}
