import { recordId, type Batch, type LogOrigin } from '../engine/engine.ts'

const NEWLINE = 0x0a

/** A record of a batch. */
export interface ShippedRecord {
  /** `<log id>-<position>`: no other record has it. */
  readonly id: string
  /** Id of the log, name of its live file, and its host. */
  readonly log: LogOrigin
  /** Where the record begins in its log. It grows from record to record. */
  readonly position: number
  /** Without the newline. */
  readonly line: string
}

/** Splits a batch into its records, each with its id. */
export function* recordsOf({ bytes, from, offsets }: Batch, log: LogOrigin): Generator<ShippedRecord, void, void> {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const newline = bytes.indexOf(NEWLINE, at)
    const end = newline === -1 ? bytes.length : newline
    const position = from + (offsets?.[index] ?? at)
    yield { id: recordId(log.id, position), log, position, line: bytes.toString('utf8', at, end) }
    at = end + 1
  }
}
