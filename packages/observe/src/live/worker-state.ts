/** What a worker is doing, in one word, and which workers a person has to see first. */
import type { LevelReport, MailboxStatus } from '@pino-funnel/channel'
import { clockText } from '../words/amounts.ts'
import type { Style } from '../words/columns.ts'

/**
 * - `dead`: its process or thread has ended without closing its mailbox
 * - `stopped`: by a signal
 * - `stalled`: it is alive, and its event loop does not turn
 * - `unknown`: no listener says how it is
 * - `left`: it has ended properly
 */
export type WorkerState = 'dead' | 'stopped' | 'stalled' | 'unknown' | 'left' | 'running'

/** From the most urgent on. */
export const WORKER_STATES: readonly WorkerState[] = ['dead', 'stopped', 'stalled', 'unknown', 'left', 'running']

export function stateOf({ liveness, activity }: Pick<MailboxStatus, 'liveness' | 'activity'>): WorkerState {
  if (liveness === 'dead' || liveness === 'unknown') return liveness
  if (liveness === 'sealed') return 'left'
  return activity?.state ?? 'running'
}

/** The program of the mailbox in which a listener writes its own records. */
const LISTENER = 'pino-funnel listener'

/** The mailboxes of workers: a listener has one, too, for its own records. */
export function workersOf<T extends Pick<MailboxStatus, 'program'>>(mailboxes: readonly T[]): T[] {
  return mailboxes.filter(({ program }) => program !== LISTENER)
}

/** Whether a person should see to it. */
export function isInTrouble(mailbox: Pick<MailboxStatus, 'liveness' | 'activity'>): boolean {
  const state = stateOf(mailbox)
  return state === 'dead' || state === 'stopped' || state === 'stalled'
}

interface Comparable extends Pick<MailboxStatus, 'liveness' | 'activity' | 'pid' | 'threadId'> {
  readonly waiting: number
}

/** Sorts the most urgent first: by state, then by what waits, then by process and thread. */
export function byUrgency(a: Comparable, b: Comparable): number {
  return (
    WORKER_STATES.indexOf(stateOf(a)) - WORKER_STATES.indexOf(stateOf(b)) ||
    b.waiting - a.waiting ||
    a.pid - b.pid ||
    a.threadId - b.threadId
  )
}

/** Such as `9146 cluster 4` and `9146-2`. */
export function workerText({
  pid,
  threadId,
  pool,
  slot,
}: Pick<MailboxStatus, 'pid' | 'threadId' | 'pool' | 'slot'>): string {
  const thread = threadId === 0 ? '' : `-${threadId}`
  const place = pool === null ? '' : ` ${pool}${slot === null ? '' : ` ${slot}`}`
  return `${pid}${thread}${place}`
}

/** The level that was ordered for a worker, such as `debug until 14:56:03`; `''` for its own. */
export function levelText(report: LevelReport | null, now: number): string {
  const { level = null, until = null } = report ?? {}
  return level === null || until === null || until <= now ? '' : `${level} until ${clockText(until)}`
}

/** Styles of a state on a terminal. */
export const STATE_STYLES: Readonly<Record<WorkerState, Style>> = {
  dead: ['red', 'bold'],
  stopped: ['red', 'bold'],
  stalled: ['yellow', 'bold'],
  unknown: 'yellow',
  left: 'dim',
  running: 'green',
}
