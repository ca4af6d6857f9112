/** A line of the ledger or of the journal: `<CRC-32 of the JSON, 8 hex digits> <JSON>\n`. */
import { isRecord } from '@pino-funnel/channel'
import type * as Zlib from 'node:zlib'

/** A command that reads a log without a ledger need not load zlib. */
let crc32: typeof Zlib.crc32 | undefined

export function encodeCheckedLine(value: object): Buffer {
  const json = JSON.stringify(value)
  return Buffer.from(`${checksum(json)} ${json}\n`)
}

/** @param line - without its newline. @returns `undefined` when it is damaged, or not an object */
export function decodeCheckedLine(line: string): Record<string, unknown> | undefined {
  const json = line.slice(9)
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) return undefined
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function checksum(json: string): string {
  crc32 ??= process.getBuiltinModule('node:zlib').crc32
  return crc32(json).toString(16).padStart(8, '0')
}
