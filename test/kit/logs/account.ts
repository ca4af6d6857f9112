import type { Notice } from '@pino-funnel/channel'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LogDirectory } from '../log-directory.ts'
import type { LogCheck } from '../records/index.ts'

type ByLevel = Record<string, number>

/** What became of each record: it is in the log, or it was dropped and reported. */
export interface Account extends Omit<LogCheck, 'ok' | 'missing'> {
  /** Records that are neither in the log nor in a `drop` event. */
  readonly lost: number
  /** Records that are in the log although a `drop` event has reported them. */
  readonly bothDroppedAndFound: number
  /** Records that `drop` events have reported, by level. */
  readonly dropped: ByLevel
  /** Records that the log reports as dropped, by level. */
  readonly reported: ByLevel
}

/** Counts that must be 0 in each test. */
export const faultless = {
  lost: 0,
  bothDroppedAndFound: 0,
  twice: 0,
  torn: 0,
  outOfOrder: 0,
  strangers: 0,
} as const

/** Compares the log with ledgers and `drop` events. Every worker must have answered its last command. */
export async function accountOf(
  directory: LogDirectory,
  files: readonly string[] = [directory.file],
): Promise<Account> {
  const { ok: _, missing, ...check } = await directory.check(files)
  const dropped = droppedRecords(directory)
  const counts = mapValues(dropped, (records) => records.length)
  const found = new Set(files.flatMap(linesOf).map(({ worker, n }) => `${String(worker)} ${String(n)}`))
  return {
    ...check,
    lost: missing - total(counts),
    bothDroppedAndFound: Object.values(dropped)
      .flat()
      .filter((record) => found.has(record)).length,
    dropped: counts,
    reported: noticesOf('dropped', files).reduce((sum, { levels }) => add(sum, levels), {}),
  }
}

type NoticeOf<E extends Notice['event']> = Extract<Notice, { readonly event: E }>

/** The notices of pino-funnel in the log about an event. */
export function noticesOf<E extends Notice['event']>(event: E, files: readonly string[]): NoticeOf<E>[] {
  const notices = files.flatMap(linesOf).flatMap(({ funnel }) => (funnel ? [funnel as Notice] : []))
  return notices.filter((notice): notice is NoticeOf<E> => notice.event === event)
}

export function total(counts: ByLevel): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** Worker and number of each dropped record, by level. */
function droppedRecords({ ledgers }: LogDirectory): Record<string, string[]> {
  const records: Record<string, string[]> = {}
  for (const name of readdirSync(ledgers).filter((file) => file.endsWith('.dropped'))) {
    const worker = name.slice(0, -'.dropped'.length)
    const byLevel = JSON.parse(readFileSync(join(ledgers, name), 'utf8')) as Record<string, number[]>
    for (const [level, numbers] of Object.entries(byLevel)) {
      records[level] = (records[level] ?? []).concat(numbers.map((n) => `${worker} ${n}`))
    }
  }
  return records
}

/** The whole lines; `check` counts the others. */
function linesOf(file: string): Partial<Record<string, unknown>>[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Partial<Record<string, unknown>>]
      } catch {
        return []
      }
    })
}

function add(sum: ByLevel, counts: Readonly<ByLevel>): ByLevel {
  const result = { ...sum }
  for (const [level, count] of Object.entries(counts)) result[level] = (result[level] ?? 0) + count
  return result
}

function mapValues<T>(values: Record<string, T>, map: (value: T) => number): ByLevel {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]))
}
