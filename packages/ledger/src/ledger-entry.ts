/**
 * The entries of a ledger, and their bytes: a line of text for each, `<CRC-32 of the JSON, 8 hex digits> <JSON>\n`, as in
 * the journal.
 *
 * - `log`: the log's id, and where it is. The first entry; a later one *forks* the log: it goes on under another id.
 * - `file`: a file begins at a base. It is written before the first byte of the file, and again when the file is opened
 *   after it was closed, after a reboot, or with another identity: it was moved or restored.
 * - `length`: so many bytes are in the file, at least, and their end is proven by a digest. When it is closed: nothing is
 *   appended before the next `file`. With a name: the file gets that name next.
 * - `content`: what the records of a finished file are like.
 *
 * An entry that is damaged is left out. An end without a newline counts for nothing.
 */
import { isFileName, isRecord, isWholeNumber } from '@pino-funnel/channel'
import { decodeCheckedLine, encodeCheckedLine } from './checked-line.ts'

const VERSION = 1
const LOG_ID = /^[0-9a-f]{32}$/
const PROOF = /^[0-9a-f]{16}$/

export type LedgerEntry =
  | {
      readonly type: 'log'
      /** 128 random bits, in hex. */
      readonly id: string
      /** Digest of what identifies the machine; `''` where nothing does. */
      readonly machine: string
      /** Path of the log directory, and its identity: inode and birth time. */
      readonly path: string
      readonly directory: string
      /** The end of the log when it was forked; 0 in the first entry. */
      readonly at: number
    }
  | {
      readonly type: 'file'
      /** From 1 on, one more for each file. Unlike the numbers in names, it is never used again. */
      readonly file: number
      readonly base: number
      /** The identity of the file: inode and birth time. */
      readonly identity: string
      /** The boot of the machine in which it was opened; left out where that is not known. */
      readonly boot?: string
    }
  | {
      readonly type: 'length'
      readonly file: number
      readonly length: number
      /** Left out when the file could not be read. */
      readonly proof?: string
      readonly closed?: true
      readonly name?: string
    }
  | ({ readonly type: 'content'; readonly file: number } & FileContent)

/** What the records of a finished file are like. */
export interface FileContent {
  /** Lowest and highest time of a record, ms since the epoch; `null` when no record has a time. */
  readonly first: number | null
  readonly last: number | null
  /** Lines without a time that can be read. */
  readonly untimed: number
  /** Records by level; lines without a level that can be read by `other`. */
  readonly levels: Readonly<Record<string, number>>
}

export function isLogId(text: string): boolean {
  return LOG_ID.test(text)
}

export function encodeEntry(entry: LedgerEntry): Buffer {
  return encodeCheckedLine(entry.type === 'log' ? { ...entry, version: VERSION } : entry)
}

/** @returns the entries that are whole, and where the last line ends */
export function decodeEntries(bytes: Buffer): { readonly entries: LedgerEntry[]; readonly end: number } {
  const end = bytes.lastIndexOf('\n') + 1
  const lines = bytes.toString('utf8', 0, end).split('\n')
  return { entries: lines.flatMap((line) => decodeEntry(line) ?? []), end }
}

function decodeEntry(line: string): LedgerEntry | undefined {
  const value = decodeCheckedLine(line)
  if (!value) return undefined
  if (value['type'] === 'log') return decodeLog(value)
  const { type, file } = value
  if (!isWholeNumber(file) || file === 0) return undefined
  if (type === 'file') return decodeFile(file, value)
  if (type === 'length') return decodeLength(file, value)
  return type === 'content' ? decodeContent(file, value) : undefined
}

type Fields = Readonly<Record<string, unknown>>

function decodeLog({ version, id, machine, path, directory, at }: Fields): LedgerEntry | undefined {
  if (version !== VERSION || typeof id !== 'string' || !isLogId(id) || !isWholeNumber(at)) return undefined
  if (typeof machine !== 'string' || typeof path !== 'string' || typeof directory !== 'string') return undefined
  return { type: 'log', id, machine, path, directory, at }
}

function decodeFile(file: number, { base, identity, boot }: Fields): LedgerEntry | undefined {
  if (!isWholeNumber(base) || typeof identity !== 'string') return undefined
  return { type: 'file', file, base, identity, ...(typeof boot === 'string' && { boot }) }
}

function decodeLength(file: number, { length, proof, closed, name }: Fields): LedgerEntry | undefined {
  if (!isWholeNumber(length)) return undefined
  if (proof !== undefined && (typeof proof !== 'string' || !PROOF.test(proof))) return undefined
  if (name !== undefined && (typeof name !== 'string' || !isFileName(name))) return undefined
  return {
    type: 'length',
    file,
    length,
    ...(proof !== undefined && { proof }),
    ...(closed === true && { closed }),
    ...(name !== undefined && { name }),
  }
}

function decodeContent(file: number, { first, last, untimed, levels }: Fields): LedgerEntry | undefined {
  if (!isTime(first) || !isTime(last) || !isWholeNumber(untimed) || !isRecord(levels)) return undefined
  const counts = Object.entries(levels)
  if (!counts.every((pair): pair is [string, number] => isWholeNumber(pair[1]))) return undefined
  return { type: 'content', file, first, last, untimed, levels: Object.fromEntries(counts) }
}

function isTime(value: unknown): value is number | null {
  return value === null || Number.isFinite(value)
}
