import { hostname } from 'node:os'
import { wallNow } from '../captured/clock.ts'
import { fillMessage, isLifecycleNotice, lifecycleMessage, type LifecycleNotice } from './lifecycle-notice.ts'
import type { LifecycleOptions } from '../options/lifecycle-options.ts'
import type { Difference } from '../options/log-options.ts'
import type { SinkNotice } from './sink-notice.ts'
import type { DropTally } from '../mailbox/drops.ts'

/**
 * What pino-funnel itself has to say in a log. The field `funnel` of such a record holds it; its names are stable.
 *
 * - `dropped`: records of a worker were dropped, and how many of which level and why
 * - `trouble`: for a while, the log file could not be appended to or rotated, or rotated files not be compressed or deleted
 * - `recovered`: what dead workers had left behind was written
 * - `foreign`: somebody else has changed the log file
 * - `truncated`: somebody else has cut the log file, as logrotate's copytruncate does; that loses records
 * - `options`: a worker wishes something for the log file that an older one wishes otherwise; what counts is the older's
 * - `removed`: rotated files were deleted because the disk was to hold no more
 * - `not-linked`: the link `current.log` leads to another log file that wants it, too
 * - `sink-dropped`, `sink-failed`: what a sink did not get, and why
 * - `unsynced`: the file system could not promise that what was written is on the disk
 * - `joined`, `left`, `died`, ...: see `LifecycleEvent`
 */
export type Notice =
  | LifecycleNotice
  | SinkNotice
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
  | { readonly event: 'not-linked'; readonly leadsTo: string }
  | { readonly event: 'unsynced'; readonly error: string; readonly from: number; readonly to: number }

const INFO = 30
const WARN = 40

/**
 * The line of a record about a notice, in pino's format.
 *
 * @param lifecycle - has the level and the message of lifecycle records
 */
export function noticeLine(notice: Notice, lifecycle?: LifecycleOptions): string {
  const wished = isLifecycleNotice(notice) ? lifecycle?.records[notice.event] : undefined
  const record = {
    level: wished?.level ?? (notice.event === 'recovered' ? INFO : WARN),
    time: wallNow(),
    pid: process.pid,
    hostname: hostname(),
    name: 'pino-funnel',
    funnel: notice,
    msg: messageOf(notice, wished?.message),
  }
  return `${JSON.stringify(record)}\n`
}

const TROUBLES = {
  append: 'the log file could not be appended to',
  rotate: 'the log file could not be rotated',
  'clean up': 'rotated files could not be compressed or deleted',
} as const

function messageOf(notice: Notice, wished: string | undefined): string {
  if (!isLifecycleNotice(notice)) return usualMessage(notice)
  return wished === undefined ? lifecycleMessage(notice) : fillMessage(wished, notice)
}

function usualMessage(notice: Exclude<Notice, LifecycleNotice>): string {
  switch (notice.event) {
    case 'dropped':
      return `${notice.count} records of worker ${notice.worker} were dropped: ${Object.keys(notice.causes).join(', ')}`
    case 'trouble':
      return `${TROUBLES[notice.task]} for a while: ${notice.error}`
    case 'recovered':
      return `${notice.bytes} bytes that ${notice.mailboxes} dead workers had left behind were written`
    case 'foreign':
      return 'somebody else has changed the log file while it was being appended to'
    case 'sink-dropped':
      return `${notice.count} records were not given to the sink ${notice.sink}: ${Object.keys(notice.causes).join(', ')}`
    case 'sink-failed':
      return `the sink ${notice.sink} has failed, and is started again: ${notice.error}`
    case 'truncated':
      return `somebody has cut the log file from ${notice.from} to ${notice.to} bytes; copytruncate loses records`
    case 'options':
      return `worker ${notice.worker} wishes other options for the log file than an older one: ${optionNames(notice.differences)}`
    case 'removed':
      return `${notice.files.length} rotated files were deleted, the oldest, to keep within the limit of the disk`
    case 'not-linked':
      return `the link current.log leads to ${notice.leadsTo}, and stays there; one log of a directory can have it`
    case 'unsynced':
      return `the disk did not take what was written, until it was written again: ${notice.error}`
  }
}

function optionNames(differences: readonly Difference[]): string {
  return differences.map(({ option }) => option).join(', ')
}
