/** What a listener does before it collects: it resolves what the listener before it has left in doubt. */
import { bootId, readAgain, seemsThere, systemCode, type Channel } from '@pino-funnel/channel'
import { join } from 'node:path'
import type { Journal } from '../journal/journal.ts'
import { advance, type Collected, type Intent } from '../journal/journal-entry.ts'
import type { RangeSource } from '../recovery/intent-lines.ts'
import { settle, type Recovery, type Resolution } from '../recovery/recovery.ts'

export interface RecoveredChannel {
  /** The boot of the machine, `''` where it is not known. */
  readonly boot: string
  /** The boot in which the journal was written, and the intents that are still in doubt were made. */
  readonly formerBoot: string
  /** Whether the machine has been rebooted since the journal was written. */
  readonly afterReboot: boolean
  /** How far each mailbox is in its log file, and what it has brought there. */
  readonly positions: ReadonlyMap<string, Collected>
  /** Intents that are still in doubt, by log file: the file can't be read or completed now. */
  readonly inDoubt: ReadonlyMap<string, Intent>
  /** Log files that another process has changed, so that their intents were taken for applied. */
  readonly foreign: ReadonlySet<string>
  readonly source: RangeSource
}

/** What is said of a journal that can't be read to its end. */
const DAMAGE = {
  'no entry':
    'The journal is damaged, and was renamed to journal.damaged. ' +
    'Lines may be in the log files twice, up to two segments (2 MiB) of each worker. No line is lost.',
  'torn end':
    'The journal ends with an entry that is not whole, and counts up to there. After a kill or on a full disk that is ' +
    'usual, and harmless. If the journal was cut or damaged, the lines that were written last may be in the log twice.',
} as const

/**
 * The result must be made durable, by a checkpoint, before anything is appended.
 *
 * @throws the system's error while the channel can't be read, or FunnelError `FUNNEL_CHANNEL_FORMAT`
 */
export function recoverChannel(
  channel: Channel,
  journal: Journal,
  report: (message: string) => void,
): RecoveredChannel {
  const state = journal.load()
  if (state.damage !== 'none') report(DAMAGE[state.damage])
  // What waits in the mailboxes is read from the oldest segment on: rather twice than lost.
  if (state.damage === 'no entry') journal.setAside()
  const boot = bootId()
  const afterReboot = state.boot !== '' && state.boot !== boot
  const source: RangeSource = (range) => {
    const mailbox = join(channel.mailboxes, range.mailbox)
    return seemsThere(mailbox) ? readAgain(mailbox, range) : undefined
  }
  const positions = new Map(state.positions)
  const inDoubt = new Map<string, Intent>()
  const foreign = new Set<string>()
  const recovery = { logDirectory: channel.reachLogDirectory(), source, afterReboot, hasFailed: false }
  for (const intent of state.inDoubt.values()) {
    const resolution = tryToSettle(intent, recovery)
    if (!resolution) inDoubt.set(intent.file, intent)
    else advance(positions, resolution.isApplied ? intent.ranges : resolution.applied)
    if (resolution?.isForeign) foreign.add(intent.file)
  }
  for (const file of foreign) report(`${file} was changed by another process after the last listener died`)
  return { boot, formerBoot: afterReboot ? state.boot : boot, afterReboot, positions, inDoubt, foreign, source }
}

/**
 * Trouble with one log file must not hold up the others: its intent stays in doubt, and only its lines wait.
 *
 * @returns `undefined` in such trouble
 */
function tryToSettle(intent: Intent, recovery: Recovery): Resolution | undefined {
  try {
    return settle(intent, recovery)
  } catch (error) {
    if (systemCode(error) === 'FUNNEL_CHANNEL_FORMAT') throw error
    return undefined
  }
}
