import { FunnelError, systemCure } from '@pino-funnel/channel'

/** Also of a flush, where it can't be known whether what waited is in the log file. */
export function mailboxGone(mailbox: string): FunnelError {
  return new FunnelError(
    'FUNNEL_MAILBOX_GONE',
    `The mailbox ${mailbox} was moved or deleted while it was in use. Records now go to a new one. ` +
      `To write those that waited in a moved log directory, run: npx --no pino-funnel recover <log directory>`,
  )
}

export function notMade(root: string, cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_MAILBOX_NOT_MADE',
    `A mailbox can't be made in ${root}: ${String(cause)}.${systemCure(cause)}`,
    { cause },
  )
}

export function cannotRenew(root: string, cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_MAILBOX_GONE',
    `A new mailbox can't be made in ${root}: ${String(cause).replace(/\.$/, '')}.${systemCure(cause)} Trying again.`,
    { cause },
  )
}
