/** The option `--worker`: `9145` (a process), `9145-2` (a thread of it), `cluster:3` (a slot of a pool). */
import { isRecord } from '@pino-funnel/channel'
import { parseRecord, type LogRecord } from '@pino-funnel/listener'
import { UsageError } from '../access/usage-error.ts'
import type { Criterion } from './criterion.ts'

/** Which worker a record is from, or about. */
interface Place {
  readonly pid: unknown
  readonly thread: unknown
  readonly pool: unknown
  readonly slot: unknown
}

/** @throws UsageError */
export function parseWorker(text: string): Criterion {
  const [, pid, thread] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  if (pid !== undefined) return ofProcess(Number(pid), thread === undefined ? undefined : Number(thread))
  const [, pool, slot] = /^(.+):(\d+)$/.exec(text) ?? []
  if (pool !== undefined) return ofSlot(pool, Number(slot))
  throw new UsageError(
    `Option '--worker' must be a process, a thread or a slot of a pool: '9145', '9145-2' or 'cluster:3'; got '${text}'`,
  )
}

function ofProcess(pid: number, thread: number | undefined): Criterion {
  return {
    needle: Buffer.from(String(pid)),
    matches: (line) => {
      const place = placeOf(parseRecord(line))
      return place?.pid === pid && (thread === undefined || place.thread === thread)
    },
  }
}

/** A record without a slot is from the slot's worker if an earlier lifecycle record says that its process is. */
function ofSlot(pool: string, slot: number): Criterion {
  const workers = new Set<unknown>()
  return {
    needle: undefined,
    matches: (line) => {
      const place = placeOf(parseRecord(line))
      if (!place) return false
      if (place.pool === undefined) return place.thread === undefined && workers.has(place.pid)
      const isOurs = place.pool === pool && place.slot === slot
      if (isOurs) workers.add(place.pid)
      else workers.delete(place.pid)
      return isOurs
    },
  }
}

function placeOf(record: LogRecord | undefined): Place | undefined {
  if (!record) return undefined
  const { funnel, pid, thread, pool, slot } = record
  if (!isRecord(funnel) || funnel['worker'] === undefined) return { pid, thread, pool, slot }
  return { pid: funnel['worker'], thread: funnel['thread'], pool: funnel['pool'], slot: funnel['slot'] }
}
