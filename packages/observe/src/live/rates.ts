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
  const files = byKey(before.files, ({ file }) => file)
  const mailboxes = byKey(earlier.mailboxes, ({ id }) => id)
  const rates = { files: new Map<string, Rate>(), mailboxes: new Map<string, Rate>() }
  for (const each of after.files) rates.files.set(each.file, rateOf(files.get(each.file) ?? NOTHING, each, seconds))
  for (const each of later.mailboxes) {
    const known = mailboxes.get(each.id)
    // What former listeners have collected from one that has just been found was not collected now.
    if (known) rates.mailboxes.set(each.id, rateOf(known, each, seconds))
  }
  return rates
}

const NOTHING: Counted = { records: 0, bytes: 0 }

function rateOf(before: Counted, after: Counted, seconds: number): Rate {
  return { records: (after.records - before.records) / seconds, bytes: (after.bytes - before.bytes) / seconds }
}

function byKey<T>(counted: readonly T[], keyOf: (each: T) => string): ReadonlyMap<string, T> {
  const known = new Map<string, T>()
  for (const each of counted) known.set(keyOf(each), each)
  return known
}
