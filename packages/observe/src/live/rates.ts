/** What was collected between two reports of the same listener. */
import type { StatusReport } from './status-report.ts'

/** For each second. */
export interface Rate {
  readonly records: number
  readonly bytes: number
}

export interface Rates {
  /** By the name of the log file. */
  readonly files: ReadonlyMap<string, Rate>
  /** By the id of the mailbox. */
  readonly mailboxes: ReadonlyMap<string, Rate>
}

interface Counted {
  readonly records: number
  readonly bytes: number
}

/**
 * @param seconds - between the two reports
 * @returns `undefined` unless one listener made both: each counts its log files from 0
 */
export function ratesBetween(earlier: StatusReport, later: StatusReport, seconds: number): Rates | undefined {
  const [before, after] = [earlier.listener, later.listener]
  if (!before?.answers || !after?.answers || before.epoch !== after.epoch) return undefined
  return {
    files: rates(before.files, after.files, ({ file }) => file, seconds),
    // What former listeners have collected from one that has just been found was not collected now.
    mailboxes: rates(earlier.mailboxes, known(earlier.mailboxes, later.mailboxes), ({ id }) => id, seconds),
  }
}

function rates<T extends Counted>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (counted: T) => string,
  seconds: number,
): ReadonlyMap<string, Rate> {
  const earlier = new Map(before.map((counted) => [keyOf(counted), counted]))
  return new Map(
    after.map((counted) => {
      const key = keyOf(counted)
      const { records = 0, bytes = 0 } = earlier.get(key) ?? {}
      return [key, { records: (counted.records - records) / seconds, bytes: (counted.bytes - bytes) / seconds }]
    }),
  )
}

function known<T extends { readonly id: string }>(before: readonly T[], after: readonly T[]): readonly T[] {
  const ids = new Set(before.map(({ id }) => id))
  return after.filter(({ id }) => ids.has(id))
}
