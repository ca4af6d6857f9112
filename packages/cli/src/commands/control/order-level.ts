/** Orders a level, and waits for what the workers answer. */
import type { Channel } from '@pino-funnel/channel'
import { endOrders, giveOrder, type GivenOrder, type LevelOrder } from '@pino-funnel/level'
import { findListener, gatherStatus, notify, type StatusReport } from '@pino-funnel/observe'
import { setTimeout as elapsed } from 'node:timers/promises'
import { answersText, answersTo, orderText } from './level-answers.ts'

const BETWEEN_MS = 25
const SILENT = 'The listener does not answer. The order stands: workers read it when the listener goes on.'

export interface Patience {
  /** Ms for the answers. */
  readonly wait: number
  /** Does not wait any longer. */
  readonly signal?: AbortSignal
}

export interface Ordered {
  /** For people. */
  readonly lines: readonly string[]
  /** Whether any worker obeys now. */
  readonly isObeyed: boolean
}

/**
 * An order that no worker can obey is taken back.
 *
 * @throws FunnelError `FUNNEL_TOO_MANY_LEVELS`; the system's error
 */
export async function orderLevel(channel: Channel, given: GivenOrder, patience: Patience): Promise<Ordered> {
  const ordered = giveOrder(channel, given)
  if (!(await letWorkersRead(channel, patience.signal))) return { lines: [SILENT], isObeyed: false }
  const answers = answersTo(ordered, await answered(channel, ordered, patience))
  const isRefused = answers.refused.length > 0 && answers.obeying.length + answers.silent.length === 0
  if (isRefused) {
    endOrders(channel, ({ id }) => id === ordered.id)
    await letWorkersRead(channel, patience.signal)
  }
  const lines = [...answersText(ordered, answers), ...(isRefused ? ['The order was taken back.'] : [])]
  return { lines, isObeyed: answers.obeying.length > 0 }
}

/**
 * Ends orders before their time.
 *
 * @param worker, file - `null` for all
 * @param signal - does not wait for the listener any longer
 * @returns what was ended, for people
 */
export async function endOrdersOf(
  channel: Channel,
  worker: string | null,
  file: string | null,
  signal?: AbortSignal,
): Promise<string[]> {
  const ended = endOrders(
    channel,
    (each) => (worker === null || each.worker === worker) && (file === null || each.file === file),
  )
  await letWorkersRead(channel, signal)
  if (ended.length === 0) return ['No level is in force that was ordered so.']
  return ended.map((each) => `Ended: ${orderText(each)}`)
}

/** Workers without a connection read the orders when they have one. @returns whether the listener has read the request, if there is one */
async function letWorkersRead(channel: Channel, signal?: AbortSignal): Promise<boolean> {
  const epoch = await findListener(channel)
  return epoch === undefined || notify(channel, epoch, { type: 'levels' }, signal)
}

/** @returns the report with the answers, or with those that have come in time */
async function answered(channel: Channel, given: LevelOrder, { wait, signal }: Patience): Promise<StatusReport> {
  const end = performance.now() + wait
  for (;;) {
    const status = await gatherStatus(channel, { signal })
    const isOver = performance.now() > end || signal?.aborted === true
    if (isOver || answersTo(given, status).silent.length === 0) return status
    await elapsed(BETWEEN_MS)
  }
}
