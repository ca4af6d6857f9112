/** When what lies at a position of a log was logged: so it is known how late a reader is that has come so far. */
import { systemCode } from '@pino-funnel/channel'
import { endOf, readLedger, type Ledger, type LedgerFile } from '@pino-funnel/ledger'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { placeOf, type ChannelOptions } from './files/channel-of.ts'
import { SUFFIXES } from './files/log-names.ts'
import { timeOfLine } from './line-time.ts'

/** Links are not followed: another user may have planted one. A pipe in the place of the file does not block. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
/** Bytes that are read of a line. */
const MOST_BYTES = 64 * 1024
const NEWLINE = 0x0a

/**
 * The time of the record at a position, ms since the epoch, or of the next one that is still there. A file that is
 * compressed is not decompressed for that. Lines of text, and those that can't be read, have no time: then it is the last
 * change of a rotated file, before which each of its records was logged.
 *
 * @param file - the live file
 * @param position - at which a line begins
 * @returns `undefined` when nothing is there yet, or no time is known
 * @throws the system's error when the ledger can't be read
 */
export function timeAt(file: string, position: number, { channelDir }: ChannelOptions = {}): number | undefined {
  const { channel, log } = placeOf(file, channelDir)
  const ledger = readLedger(channel, log)
  for (const known of ledger?.files ?? []) {
    if (endIn(known, ledger) <= position) continue
    const path = known.name === undefined ? resolve(file) : join(dirname(resolve(file)), known.name)
    const isThere = known.name !== undefined || known === ledger?.last
    const time = isThere ? timeIn(path, Math.max(0, position - known.base), known.name !== undefined) : undefined
    if (time !== undefined) return time
  }
  return undefined
}

/** After the last byte of a file. Positions that were left out after it are of no file. */
function endIn(known: LedgerFile, ledger: Ledger | undefined): number {
  return Math.min(ledger?.limitOf(known) ?? Infinity, known.name === undefined ? Infinity : endOf(known))
}

function timeIn(path: string, offset: number, isRotated: boolean): number | undefined {
  const plain = openIfThere(path)
  if (plain !== undefined) return timeOf(plain, (descriptor) => lineAt(descriptor, offset), isRotated)
  for (const [suffix] of isRotated ? SUFFIXES : []) {
    const compressed = openIfThere(`${path}${suffix}`)
    if (compressed !== undefined) return timeOf(compressed, () => undefined, true)
  }
  return undefined
}

function timeOf(
  descriptor: number,
  read: (descriptor: number) => Buffer | undefined,
  isRotated: boolean,
): number | undefined {
  try {
    const line = unlessUnreadable(() => read(descriptor))
    const time = line ? timeOfLine(line) : NaN
    if (!Number.isNaN(time)) return time
    return isRotated ? fstatSync(descriptor).mtimeMs : undefined
  } finally {
    closeSync(descriptor)
  }
}

/** A bad sector, or a directory or pipe in the place of a file, has no line: other files may still have a time. */
function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

function lineAt(descriptor: number, offset: number): Buffer | undefined {
  const bytes = Buffer.alloc(MOST_BYTES)
  const count = readSync(descriptor, bytes, 0, bytes.length, offset)
  const end = bytes.subarray(0, count).indexOf(NEWLINE)
  return end === -1 ? undefined : bytes.subarray(0, end)
}

/** `undefined` for what is not there, or may not be read. */
function openIfThere(path: string): number | undefined {
  return unlessUnreadable(() => openSync(path, READ_FLAGS))
}
