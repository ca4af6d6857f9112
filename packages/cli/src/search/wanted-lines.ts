/** The lines of a portion that a filter wants. */
import { systemCode } from '@pino-funnel/channel'
import { linesOf, readPortions, type LogLine, type Portion, type ReadOptions } from '@pino-funnel/reader'
import { accessSync, constants } from 'node:fs'
import type { Filter } from './filter.ts'

const NEWLINE = 0x0a

/** Options of a reader that leaves out what has nothing that is wanted. */
export function searching(filter: Filter, options: ReadOptions): ReadOptions {
  const finds = filter.finder()
  return finds ? { ...options, finds } : options
}

/** Calls `found` with each line that is wanted, without its newline. */
export function search({ bytes }: Portion, filter: Filter, found: (line: Buffer) => void): void {
  const { needle } = filter
  for (let from = 0; from < bytes.length;) {
    const hit = needle ? bytes.indexOf(needle, from) : from
    if (hit === -1) return
    const start = needle ? Math.max(from, bytes.lastIndexOf(NEWLINE, hit) + 1) : from
    const newline = bytes.indexOf(NEWLINE, hit)
    const end = newline === -1 ? bytes.length : newline
    const line = bytes.subarray(start, end)
    if (filter.matches(line)) found(line)
    from = end + 1
  }
}

/** The same with positions. */
export function linesWanted(portion: Portion, filter: Filter): LogLine[] {
  if (filter.isEmpty) return [...linesOf(portion)]
  if (filter.needle && !portion.bytes.includes(filter.needle)) return []
  return [...linesOf(portion)].filter(({ bytes }) => filter.matches(bytes))
}

/** The lines of a log that a filter wants, portion by portion. */
export async function* wantedLines(
  log: string,
  filter: Filter,
  options: ReadOptions,
): AsyncGenerator<LogLine[], void, void> {
  for await (const portion of readPortions(log, searching(filter, options))) {
    const lines = linesWanted(portion, filter)
    if (lines.length > 0) yield lines
  }
}

/** The same, line by line. */
export async function* eachOf(batches: AsyncIterable<readonly LogLine[]>): AsyncGenerator<LogLine, void, void> {
  for await (const lines of batches) yield* lines
}

/**
 * Leaves out rotated files that this user may not read: those before and after them are still worth reading.
 *
 * @param onGap - called once for each
 * @returns what the reader takes as `wants`
 */
export function readableOnly(onGap: (gap: Error) => void): (file: { readonly path: string }) => boolean {
  const forbidden = new Set<string>()
  return ({ path }) => {
    const obstacle = obstacleTo(path)
    if (obstacle && !forbidden.has(path)) {
      forbidden.add(path)
      onGap(obstacle)
    }
    return obstacle === undefined
  }
}

/** The reader itself finds out whether the file is there. */
function obstacleTo(path: string): Error | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    const isForbidden = error instanceof Error && ['EACCES', 'EPERM'].includes(systemCode(error) ?? '')
    return isForbidden ? new Error(`${error.message}. The file is left out.`) : undefined
  }
}
