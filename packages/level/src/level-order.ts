import { bootId, isRecord, isWholeNumber } from '@pino-funnel/channel'
import { wallNow } from '@pino-funnel/channel/captured'

/** An order, as its file in the channel has it. Times are ms since the epoch. */
export interface LevelOrder {
  /** The name of its file. */
  readonly id: string
  /** A level by its name: pino's, one of the application's own, or `silent`. */
  readonly level: string
  /** The worker it is for, such as `9145`, `9145-2` and `cluster:3`; `null` for all. */
  readonly worker: string | null
  /** Name of the log file whose workers it is for; `null` for all of the log directory. */
  readonly file: string | null
  /** Higher than those of the orders in force when it was given: the youngest has the highest, also if a clock was set. */
  readonly number: number
  readonly at: number
  readonly until: number
  /** The boot of the machine it was given in; `''` where that is not known. */
  readonly boot: string
  /** The user that gave it, for people. */
  readonly by: string
}

/** What an order names a worker by. */
export interface OrderedWorker {
  readonly pid: number
  readonly threadId: number
  readonly pool: string | null
  readonly slot: number | null
}

const LEVEL_NAME = /^[\w.-]{1,40}$/
const PROCESS = /^(?<pid>\d{1,10})(?:-(?<thread>\d{1,10}))?$/
const SLOT = /^(?<pool>.{1,100}):(?<slot>\d{1,10})$/

/** Whether a level can have this name. Only a logger knows whether it has it. */
export function isLevelName(text: string): boolean {
  return LEVEL_NAME.test(text)
}

/** Whether a text names a process, a thread or a slot of a pool. */
export function isWorkerText(text: string): boolean {
  return PROCESS.test(text) || SLOT.test(text)
}

/** Whether an order is for a worker. */
export function isFor({ worker }: Pick<LevelOrder, 'worker'>, { pid, threadId, pool, slot }: OrderedWorker): boolean {
  if (worker === null) return true
  const ofProcess = PROCESS.exec(worker)?.groups
  if (!ofProcess) return pool !== null && slot !== null && worker === `${pool}:${slot}`
  const { thread } = ofProcess
  return Number(ofProcess['pid']) === pid && (thread === undefined || Number(thread) === threadId)
}

/**
 * Ms that an order still has: never more than it was given for, if the clock was set back since.
 *
 * @returns 0 when it is over, also since the machine was started again
 */
export function msLeft({ at, until, boot }: LevelOrder): number {
  if (boot !== bootId()) return 0
  return Math.max(0, Math.min(until - wallNow(), until - at))
}

/** @returns `undefined` for anything that is not an order */
export function parseOrder(id: string, text: string): LevelOrder | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(value)) return undefined
  const { level, worker, file, number, at, until, boot, by } = value
  if (typeof level !== 'string' || !isLevelName(level)) return undefined
  if (!isTextOrNull(worker) || !isTextOrNull(file)) return undefined
  if (!isWholeNumber(number) || !isWholeNumber(at) || !isWholeNumber(until)) return undefined
  if (typeof boot !== 'string' || typeof by !== 'string') return undefined
  return { id, level, worker, file, number, at, until, boot, by }
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}
