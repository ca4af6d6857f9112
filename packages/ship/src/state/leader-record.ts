/**
 * Which process leads, for people: one that is stopped or hangs can't say it itself. Nothing else is decided by it.
 */
import { isRecord, isWholeNumber, pidNamespace, processStart, type RecordedProcess } from '@pino-funnel/channel'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Notes that this process leads. A disk that is full keeps none from leading. */
export function noteLeader(directory: string): void {
  const path = join(directory, 'leader')
  const record: RecordedProcess = {
    pid: process.pid,
    start: processStart(process.pid),
    pidNamespace: pidNamespace(),
  }
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  } catch {
    // The record is then of an earlier process, whose start says that it is gone.
  }
}

/** @returns the process that has noted it last; `undefined` without a record that can be read */
export function readLeader(directory: string): RecordedProcess | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(directory, 'leader'), 'utf8'))
    if (!isRecord(value)) return undefined
    const { pid, start, pidNamespace: namespace } = value
    if (!isWholeNumber(pid) || pid === 0 || typeof start !== 'string' || typeof namespace !== 'string') return undefined
    return { pid, start, pidNamespace: namespace }
  } catch {
    return undefined
  }
}
