import type { MailboxReader, MailboxStatus } from '@pino-funnel/channel'

/** The part of a mailbox's status that is the same for every reader. */
export type MailboxDescription = Pick<
  MailboxStatus,
  'id' | 'file' | 'pid' | 'threadId' | 'program' | 'pool' | 'slot' | 'since' | 'form'
>

/** Describes a mailbox by its header and the segment being read. */
export function describeMailbox(reader: MailboxReader): MailboxDescription {
  const { id, profile, form } = reader
  const { file, pid, threadId, program, pool, slot, since } = profile
  return { id, file, pid, threadId, program, pool: pool ?? null, slot: slot ?? null, since, form: form ?? 'none' }
}
