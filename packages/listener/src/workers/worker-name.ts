import type { WorkerName, WorkerRecords } from '@pino-funnel/channel'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

/** Tells a worker from all others, also from one that had its pid before. */
export function workerKey({ reader: { identity } }: MailboxEntry): string {
  return [identity.pidNamespace, identity.pid, identity.start, identity.threadId].join('/')
}

export function workerName({ reader: { identity } }: MailboxEntry): WorkerName {
  const { pid, threadId, program, pool, slot } = identity
  return {
    worker: pid,
    thread: threadId,
    program,
    ...(pool !== undefined && { pool }),
    ...(slot !== undefined && { slot }),
  }
}

export function workerRecords({ records, last }: MailboxEntry): WorkerRecords {
  return { records, last: last ?? null }
}
