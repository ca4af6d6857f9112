import { hostname } from 'node:os'
import type { DropTally } from './drops.ts'

/**
 * What pino-funnel itself has to say in a log. The field `funnel` of such a record holds it; its names are stable.
 *
 * - `dropped`: records of a worker were dropped, and how many of which level and why
 * - `trouble`: the log file could not be appended to for a while
 * - `recovered`: what dead workers had left behind was written
 * - `foreign`: somebody else has changed the log file
 * - `unsynced`: the file system could not promise that what was written is on the disk
 */
export type Notice =
  | ({ readonly event: 'dropped'; readonly worker: number; readonly thread: number } & DropTally)
  | { readonly event: 'trouble'; readonly error: string; readonly from: number; readonly to: number }
  | { readonly event: 'recovered'; readonly mailboxes: number; readonly bytes: number }
  | { readonly event: 'foreign' }
  | { readonly event: 'unsynced'; readonly error: string; readonly from: number; readonly to: number }

const INFO = 30
const WARN = 40

/** The line of a record about a notice, in pino's format. */
export function noticeLine(notice: Notice): string {
  const record = {
    level: notice.event === 'recovered' ? INFO : WARN,
    time: Date.now(),
    pid: process.pid,
    hostname: hostname(),
    name: 'pino-funnel',
    funnel: notice,
    msg: message(notice),
  }
  return `${JSON.stringify(record)}\n`
}

function message(notice: Notice): string {
  switch (notice.event) {
    case 'dropped':
      return `${notice.count} records of worker ${notice.worker} were dropped: ${Object.keys(notice.causes).join(', ')}`
    case 'trouble':
      return `the log file could not be appended to for a while: ${notice.error}`
    case 'recovered':
      return `${notice.bytes} bytes that ${notice.mailboxes} dead workers had left behind were written`
    case 'foreign':
      return 'somebody else has changed the log file while it was being appended to'
    case 'unsynced':
      return `the disk did not take what was written, until it was written again: ${notice.error}`
  }
}
