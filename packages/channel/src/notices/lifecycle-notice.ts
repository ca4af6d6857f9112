/** Records about the life of workers and listeners: their fields, and what they say. docs/lifecycle.md has them for users. */
import type { LifecycleEvent } from '../options/lifecycle-options.ts'

/** The worker that a notice is about. */
export interface WorkerName {
  /** Its process. */
  readonly worker: number
  /** 0 is the main thread. */
  readonly thread: number
  readonly program: string
  readonly pool?: string
  readonly slot?: number
}

/** What was collected from it. */
export interface WorkerRecords {
  /** Records that were collected, by whichever listeners. */
  readonly records: number
  /** When this listener has collected the last one, ms since the epoch; `null` when it has none. */
  readonly last: number | null
}

/** How a worker died, as far as the worker itself or its parent reported it. */
export interface Cause {
  readonly signal: string | null
  readonly code: number | null
  /** The error that has ended a thread. */
  readonly error: string | null
}

/**
 * How a worker left: `end` of its destination, `exit` of the process or thread, a `signal` that asks for an end, a
 * thread that was `terminated`, or one that has ended `with its process`. `unknown` is the end of a process that neither
 * the process nor a parent has reported: a signal of any kind, or a crash.
 */
export type Leaving = 'end' | 'exit' | 'signal' | 'terminated' | 'with its process' | 'unknown'

/** The process `listener` writes the log from now on, as epoch `epoch`. */
export interface ListenerNotice {
  readonly event: 'listener'
  readonly listener: number
  readonly epoch: number
  /** The listener before it; `null` for the first one. */
  readonly former: { readonly listener: number; readonly epoch: number } | null
  /**
   * How that one has ended: `lost` without leaving, killed or crashed, while workers that it served lived on; `gone` with
   * them, as with a container or the machine.
   */
  readonly how: 'left' | 'lost' | 'gone' | null
}

export type LifecycleNotice = WorkerNotice | ListenerNotice

/** Times are ms since the epoch. */
export type WorkerNotice = WorkerName &
  (
    | { readonly event: 'joined'; readonly since: number }
    /** `signal`: which one, where `how` is `'signal'`. */
    | ({ readonly event: 'left'; readonly how: Leaving; readonly signal: string | null } & WorkerRecords)
    /** `drained`: bytes that were collected after its death. */
    | ({ readonly event: 'died'; readonly drained: number } & Cause & WorkerRecords)
    | { readonly event: 'replaced'; readonly former: WorkerName & Cause; readonly records: number }
    /** `busy` with something else than its event loop, or `blocked` in a system call, for `ms` since `since`. */
    | ({
        readonly event: 'stalled'
        readonly state: 'busy' | 'blocked'
        readonly since: number
        readonly ms: number
      } & WorkerRecords)
    | ({ readonly event: 'stopped'; readonly since: number } & WorkerRecords)
    | { readonly event: 'resumed'; readonly after: 'stalled' | 'stopped'; readonly since: number; readonly ms: number }
  )

/** What the message of an option may name. */
export const LIFECYCLE_FIELDS: Readonly<Record<LifecycleEvent, readonly string[]>> = (() => {
  const who = ['worker', 'thread', 'program', 'pool', 'slot']
  const records = ['records', 'last']
  const cause = ['signal', 'code', 'error', 'cause']
  return {
    joined: [...who, 'since'],
    left: [...who, 'how', 'signal', ...records],
    died: [...who, ...cause, 'drained', ...records],
    replaced: [...who, ...cause, 'former', 'records'],
    stalled: [...who, 'state', 'since', 'ms', ...records],
    stopped: [...who, 'since', ...records],
    resumed: [...who, 'after', 'since', 'ms'],
    listener: ['listener', 'epoch', 'former', 'how'],
  }
})()

export function isLifecycleNotice(notice: { readonly event: string }): notice is LifecycleNotice {
  return Object.hasOwn(LIFECYCLE_FIELDS, notice.event)
}

/** The usual message. */
export function lifecycleMessage(notice: LifecycleNotice): string {
  return notice.event === 'listener' ? listenerMessage(notice) : workerMessage(notice)
}

function listenerMessage({ listener, epoch, former, how }: ListenerNotice): string {
  const self = `listener ${listener} (epoch ${epoch}) writes the log`
  if (!former) return self
  const ends = { left: 'left', lost: 'was killed, or crashed', gone: 'ended with its workers' }
  return `${self} after listener ${former.listener}, which ${ends[how ?? 'lost']}`
}

function workerMessage(notice: WorkerNotice): string {
  const name = nameOf(notice)
  switch (notice.event) {
    case 'joined':
      return `${name} has joined`
    case 'left':
      return `${name} ${leavingOf(notice)}; ${recordsOf(notice)}`
    case 'died':
      return `${name} has died: ${causeOf(notice)}; ${recordsOf(notice)}${drainedOf(notice)}`
    case 'replaced':
      return `${name} took the place of ${nameOf(notice.former)} (${causeOf(notice.former)}), ${countOf(notice.records)}`
    case 'stalled':
      return `the event loop of ${name} has not turned for ${notice.ms} ms: it is ${notice.state}; ${recordsOf(notice)}`
    case 'stopped':
      return `${name} was stopped by a signal and is still alive; ${recordsOf(notice)}`
    case 'resumed':
      return `${name} goes on, after being ${notice.after} for ${notice.ms} ms`
  }
}

/** The message an application has asked for, its fields filled in; what a notice has not is empty. */
export function fillMessage(message: string, notice: LifecycleNotice): string {
  const former = notice.event === 'replaced' ? notice.former : undefined
  const cause = former ?? (notice.event === 'died' ? notice : undefined)
  const values: Readonly<Record<string, string | number | object | null>> = {
    ...cause,
    ...notice,
    ...(cause && { cause: causeOf(cause) }),
    ...(former && { former: former.worker }),
    ...(notice.event === 'listener' && { former: notice.former?.listener ?? null }),
  }
  return message.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    const value = values[field] ?? ''
    return typeof value === 'object' ? '' : String(value)
  })
}

/** A worker, for people. */
export function nameOf({ worker, thread, pool, slot }: Omit<WorkerName, 'program'>): string {
  const place = pool === undefined ? '' : ` (${pool}${slot === undefined ? '' : ` ${slot}`})`
  return `pid ${worker}${thread === 0 ? '' : ` thread ${thread}`}${place}`
}

function leavingOf({ how, signal }: { how: Leaving; signal: string | null }): string {
  if (how === 'unknown') return 'is gone, and has not reported how: ended by a signal, or crashed'
  return `has left (${signal ?? how})`
}

function causeOf({ signal, code, error }: Cause): string {
  if (signal !== null) return `killed by ${signal}`
  if (error !== null) return error
  return code === null ? 'killed, or crashed' : `exited with ${code}`
}

function recordsOf({ records, last }: WorkerRecords): string {
  if (records === 0) return 'no records'
  return last === null ? countOf(records) : `${countOf(records)}, the last at ${new Date(last).toISOString()}`
}

function drainedOf({ drained }: { drained: number }): string {
  return drained === 0 ? '' : `; ${drained} bytes were collected after its death`
}

export function countOf(records: number): string {
  if (records === 0) return 'no records yet'
  return records === 1 ? '1 record' : `${records} records`
}
