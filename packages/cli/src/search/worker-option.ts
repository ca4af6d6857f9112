/** The option `--worker`: `9145` (a process), `9145-2` (a thread of it), `cluster:3` (a slot of a pool). */
import { isRecord } from '@pino-funnel/channel'
import { parseRecord, type LogRecord } from '@pino-funnel/listener/records'
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

/**
 * A record without a slot is from the slot's worker if an earlier record says that its process is. Records of threads say
 * nothing about their process, which has a slot of its own.
 */
function ofSlot(pool: string, slot: number): Criterion {
  const workers = new Set<unknown>()
  let isOurs = false
  return {
    needle: undefined,
    needsWholeLog: true,
    note(line) {
      const place = placeOf(parseRecord(line))
      isOurs = place?.pool === pool && place.slot === slot
      if (!place || !isOfProcess(place)) return
      if (place.pool === undefined) isOurs = workers.has(place.pid)
      else if (isOurs) workers.add(place.pid)
      else workers.delete(place.pid)
    },
    matches: () => isOurs,
  }
}

/** Lifecycle records call the main thread 0. */
function isOfProcess({ thread }: Place): boolean {
  return thread === undefined || thread === 0
}

function placeOf(record: LogRecord | undefined): Place | undefined {
  if (!record) return undefined
  const { funnel, pid, thread, pool, slot } = record
  if (!isRecord(funnel) || funnel['worker'] === undefined) return { pid, thread, pool, slot }
  return { pid: funnel['worker'], thread: funnel['thread'], pool: funnel['pool'], slot: funnel['slot'] }
}
