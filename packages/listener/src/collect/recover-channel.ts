/** What a listener does before it collects: it resolves what the listener before it has left in doubt. */
import { bootId, readAgain, type Channel, type MailboxPosition } from '@pino-funnel/channel'
import { join } from 'node:path'
import type { Journal } from '../journal/journal.ts'
import { advance, type Intent } from '../journal/journal-entry.ts'
import { findLog } from '../recovery/found-log.ts'
import type { RangeSource } from '../recovery/intent-lines.ts'
import { resolveIntent } from '../recovery/recovery.ts'

export interface RecoveredChannel {
  /** The boot of the machine, `''` where it is not known. */
  readonly boot: string
  /** Whether the machine has been rebooted since the journal was written. */
  readonly afterReboot: boolean
  /** How far each mailbox is in its log file. */
  readonly positions: ReadonlyMap<string, MailboxPosition>
  readonly source: RangeSource
}

/**
 * The result must be made durable, by a checkpoint, before anything is appended.
 *
 * @throws the system's error while the disk is in trouble, or FunnelError `FUNNEL_CHANNEL_FORMAT`
 */
export function recoverChannel(
  channel: Channel,
  journal: Journal,
  report: (message: string) => void,
): RecoveredChannel {
  const state = journal.load()
  if (state.isDamaged === true) {
    // What waits in the mailboxes is read from the oldest segment on: rather twice than lost.
    report('the journal is damaged and was set aside; up to a segment of each worker may be in the log twice')
    journal.setAside()
  }
  const boot = bootId()
  const afterReboot = state.boot !== '' && state.boot !== boot
  const source: RangeSource = (range) => readAgain(join(channel.mailboxes, range.mailbox), range)
  const positions = new Map(state.positions)
  const isApplied = (intent: Intent): boolean => recover(intent, { channel, source, afterReboot, report })
  for (const intent of state.inDoubt.values()) if (isApplied(intent)) advance(positions, intent)
  return { boot, afterReboot, positions, source }
}

interface Recovery {
  readonly channel: Channel
  readonly source: RangeSource
  readonly afterReboot: boolean
  readonly report: (message: string) => void
}

/** @returns whether the log file has all of the intent now */
function recover(intent: Intent, { channel, source, afterReboot, report }: Recovery): boolean {
  const log = findLog(channel.reachLogDirectory(), intent, source)
  try {
    if (afterReboot) log?.cutTornTail()
    const { isApplied, isForeign } = resolveIntent(intent, log, source, afterReboot ? 'whole line' : 'maybe torn')
    if (isForeign) report(`${intent.file} was changed by another process after the last listener died`)
    return isApplied
  } finally {
    log?.close()
  }
}
