/**
 * Notices: what pino-funnel itself reports in a log, each as a record in pino's format.
 *
 * What always holds in this room: a notice is data, and its names are stable. Every record about one event has the same
 * fields, whichever process writes it.
 */
import { hostname } from 'node:os'
import { wallNow } from '../captured/clock.ts'
import {
  countOf,
  fillMessage,
  isLifecycleNotice,
  lifecycleMessage,
  nameOf,
  type LifecycleNotice,
  type WorkerName,
} from './lifecycle-notice.ts'
import type { LifecycleOptions } from '../options/lifecycle-options.ts'
import type { Difference } from '../options/log-options.ts'
import { isShipNotice, shipMessage, type ShipNotice } from './ship-notice.ts'
import type { SinkNotice } from './sink-notice.ts'
import type { DropTally } from '../mailbox/drops.ts'

/**
 * What pino-funnel itself reports in a log. The field `funnel` of such a record holds it; its names are stable.
 *
 * - `dropped`: records of a worker were dropped: how many, by level and by cause
 * - `trouble`: for a while, the log file could not be appended to or rotated, or rotated files not be compressed or
 *   deleted
 * - `recovered`: the records that dead workers had left behind were written
 * - `foreign`: another program changed the log file
 * - `truncated`: another program cut the log file, as logrotate's copytruncate does; that loses records
 * - `options`: a worker asked for options that differ from the oldest worker's, whose options apply
 * - `removed`: rotated files were deleted to stay within the disk limit
 * - `hold-behind`: a reader that holds rotated files has not read more than half of its budget
 * - `hold-lost`: rotated files were deleted that such a reader had not read: which positions, and how many bytes
 * - `not-linked`: the link `current.log` points to another log file, which already owns it
 * - `sink-dropped`, `sink-failed`: what a sink did not get, and why
 * - `ship-trouble`, `ship-recovered`, `ship-rewound`, `ship-lost`, `ship-refused`, `ship-failed`: what a shipper can't ship, and why
 * - `unsynced`: the file system could not confirm that the written data is on the disk
 * - `level`: a worker logs from another level on, by order of an operator, or from its own again
 * - `joined`, `left`, `died`, ...: see `LifecycleEvent`
 */
export type Notice =
  | LifecycleNotice
  | SinkNotice
  | ShipNotice
  | ({ readonly event: 'dropped'; readonly worker: number; readonly thread: number } & DropTally)
  | {
      readonly event: 'trouble'
      readonly task: 'append' | 'rotate' | 'clean up'
      readonly error: string
      readonly from: number
      readonly to: number
    }
  | { readonly event: 'recovered'; readonly mailboxes: number; readonly bytes: number }
  | { readonly event: 'foreign' }
  | { readonly event: 'truncated'; readonly from: number; readonly to: number }
  | {
      readonly event: 'options'
      readonly worker: number
      readonly thread: number
      readonly differences: readonly Difference[]
    }
  | { readonly event: 'removed'; readonly files: readonly string[]; readonly reason: 'bytes' | 'free' }
  | { readonly event: 'hold-behind'; readonly hold: string; readonly unread: number; readonly budget: number }
  | {
      readonly event: 'hold-lost'
      readonly hold: string
      readonly from: number
      readonly to: number
      readonly bytes: number
    }
  | { readonly event: 'not-linked'; readonly leadsTo: string }
  /** `until` and `by` are `null` when an order has ended. Times are ms since the epoch. */
  | (WorkerName & {
      readonly event: 'level'
      readonly level: string
      readonly until: number | null
      readonly by: string | null
    })
  | { readonly event: 'unsynced'; readonly error: string; readonly from: number; readonly to: number | null }

const INFO = 30
const WARN = 40
/** Of events that need no attention. */
const INFORMATIVE: ReadonlySet<string> = new Set(['recovered', 'ship-recovered', 'level'])

/**
 * The line of a record about a notice, in pino's format.
 *
 * @param lifecycle - has the level and the message of lifecycle records
 */
export function noticeLine(notice: Notice, lifecycle?: LifecycleOptions): string {
  const custom = isLifecycleNotice(notice) ? lifecycle?.records[notice.event] : undefined
  const record = {
    level: custom?.level ?? (INFORMATIVE.has(notice.event) ? INFO : WARN),
    time: wallNow(),
    pid: process.pid,
    hostname: hostname(),
    name: 'pino-funnel',
    funnel: notice,
    msg: messageOf(notice, custom?.message),
  }
  return `${JSON.stringify(record)}\n`
}

const TROUBLES = {
  append: 'the log file could not be appended to',
  rotate: 'the log file could not be rotated',
  'clean up': 'rotated files could not be compressed or deleted',
} as const

function messageOf(notice: Notice, custom: string | undefined): string {
  if (isShipNotice(notice)) return shipMessage(notice)
  if (!isLifecycleNotice(notice)) return usualMessage(notice)
  return custom === undefined ? lifecycleMessage(notice) : fillMessage(custom, notice)
}

function usualMessage(notice: Exclude<Notice, LifecycleNotice | ShipNotice>): string {
  switch (notice.event) {
    case 'dropped':
      return `${countOf(notice.count)} of ${nameOf(notice)} ${wasOrWere(notice.count)} dropped: ${Object.keys(notice.causes).join(', ')}`
    case 'trouble':
      return `${TROUBLES[notice.task]} for a while: ${notice.error}`
    case 'recovered':
      return `wrote ${notice.bytes} bytes that dead workers had left in ${notice.mailboxes === 1 ? '1 mailbox' : `${notice.mailboxes} mailboxes`}`
    case 'foreign':
      return 'another program changed the log file while it was being appended to'
    case 'sink-dropped':
      return `${countOf(notice.count)} ${wasOrWere(notice.count)} not given to the sink ${notice.sink}: ${Object.keys(notice.causes).join(', ')}`
    case 'sink-failed':
      return `the sink ${notice.sink} failed and is started again: ${notice.error}`
    case 'truncated':
      return `another program cut the log file from ${notice.from} to ${notice.to} bytes; copytruncate loses records`
    case 'options':
      return `worker ${notice.worker} asked for options that differ from the oldest worker's, whose options apply: ${optionNames(notice.differences)}`
    case 'removed':
      return `deleted the ${notice.files.length === 1 ? 'oldest rotated file' : `${notice.files.length} oldest rotated files`} to stay within the disk limit`
    case 'hold-behind':
      return `the reader ${notice.hold} has ${notice.unread} bytes to read, of ${notice.budget} that are held for it; beyond that limit.size and limit.free delete the oldest`
    case 'hold-lost':
      return `${notice.bytes} bytes were deleted before the reader ${notice.hold} had read them: positions ${notice.from} to ${notice.to}`
    case 'not-linked':
      return `current.log already points to ${notice.leadsTo}; only one log file per directory can own it`
    case 'level':
      return `${nameOf(notice)} logs from level ${notice.level} on${orderOf(notice)}`
    case 'unsynced':
      return notice.to === null
        ? `a sync of the log file failed, and the file was moved away or deleted before its data could be written again: ${notice.error}`
        : `a sync of the log file failed until its data was written again: ${notice.error}`
  }
}

function wasOrWere(count: number): string {
  return count === 1 ? 'was' : 'were'
}

function optionNames(differences: readonly Difference[]): string {
  return differences.map(({ option }) => option).join(', ')
}

function orderOf({ until, by }: { readonly until: number | null; readonly by: string | null }): string {
  return until === null ? ' again' : `, until ${new Date(until).toISOString()}, as ${by} has ordered`
}
