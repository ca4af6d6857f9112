import type { FunnelError, LevelReport } from '@pino-funnel/channel'

/** What a link asks of the outlet that it belongs to. */
export interface LinkEvents {
  /** A recoverable error. */
  warn(error: FunnelError): void
  /** The mailbox was moved or deleted. Called again, after a pause, until the link is closed. */
  mailboxGone(): void
  /** Lets the loggers of this thread read the orders of levels. */
  obeyLevels(): LevelReport
}
