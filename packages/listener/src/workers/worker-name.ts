import type { WorkerName, WorkerRecords } from '@pino-funnel/channel'
import type { MailboxEntry } from '../mailbox-entry.ts'

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
