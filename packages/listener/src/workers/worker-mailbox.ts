import type { MailboxReader, WorkerName, WorkerRecords } from '@pino-funnel/channel'
import type { WriterLiveness } from '../mailboxes/writer-liveness.ts'

/** What this room uses of a mailbox and its writer. */
export interface WorkerMailbox {
  readonly id: string
  /** Name of the log file that the mailbox is for. */
  readonly file: string
  readonly reader: Pick<MailboxReader, 'profile' | 'wasFoundBefore'> & {
    readonly ending: Pick<MailboxReader['ending'], 'isSealed' | 'exitCode'>
  }
  readonly liveness: Pick<WriterLiveness, 'state' | 'hasEnded' | 'endedAt' | 'msSinceEnd' | 'bytesSinceEnd' | 'ping'>
  /** Records that were collected from it. */
  readonly records: number
  /** When the last record was collected, ms since the epoch. */
  readonly last: number | undefined
}

/** Distinguishes a worker from all others, also from an earlier one with the same pid. */
export function workerKey({ reader: { profile } }: WorkerMailbox): string {
  return [profile.pidNamespace, profile.pid, profile.start, profile.threadId].join('/')
}

export function workerName({ reader: { profile } }: WorkerMailbox): WorkerName {
  const { pid, threadId, program, pool, slot } = profile
  return {
    worker: pid,
    thread: threadId,
    program,
    ...(pool !== undefined && { pool }),
    ...(slot !== undefined && { slot }),
  }
}

export function workerRecords({ records, last }: WorkerMailbox): WorkerRecords {
  return { records, last: last ?? null }
}
