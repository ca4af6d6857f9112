/** How a shipper is: asked over its socket while it runs, read from its files when it does not. */
import { isRecord, isWholeNumber } from '@pino-funnel/channel'
import type { ShipperStatus } from '../shipping/shipper.ts'
import { readProgress } from '../state/checkpoint.ts'
import { leaderOf } from '../state/leadership.ts'
import { knownShippers, shipDirectory } from '../state/ship-directory.ts'
import { once } from 'node:events'
import { join } from 'node:path'

const LONGEST_STATUS = 64 * 1024
/** A process that is stopped takes connections, and never answers. */
const ANSWER_MS = 2000

export interface ShipStatus extends ShipperStatus {
  readonly pid: number
  readonly to: string
  /** Position after the last byte of the log. */
  readonly end: number
  /** Bytes that are not shipped because they have no position in the log: no ledger has them. */
  readonly unplaced: number
}

/**
 * Why a shipper does not say how it is.
 *
 * - `starting`: it leads, and has no log yet, or can't read it for now
 * - `silent`: it leads, and does not answer in time: its process is stopped, or hangs
 * - `other version`: it leads, and answers as no shipper of this version does
 * - `absent`: none leads
 */
export type Silence = 'starting' | 'silent' | 'other version' | 'absent'

export interface KnownShipper {
  readonly name: string
  /** Name of the log file. */
  readonly log: string
  /** `undefined` unless it answers. */
  readonly running: ShipStatus | undefined
  /** `undefined` when it answers. */
  readonly silence: Silence | undefined
  /** Position that its checkpoint has; `undefined` before the first one. */
  readonly position: number | undefined
  /** Records that the engine refused for good. */
  readonly refused: number
  /** Bytes of the log that were deleted before they were stored. */
  readonly lost: number
}

/** The shippers of a channel, running or not. */
export async function shippersOf(channel: string): Promise<KnownShipper[]> {
  return Promise.all(
    knownShippers(channel).map(async ({ name, log }) => {
      const directory = shipDirectory(channel, name, log)
      const progress = readProgress(join(directory, 'checkpoint'))
      const answer = await answerOf(directory)
      const hasStatus = typeof answer !== 'string'
      return {
        name,
        log,
        running: hasStatus ? answer : undefined,
        silence: hasStatus ? undefined : answer,
        position: progress?.position,
        refused: progress?.refused ?? 0,
        lost: progress?.lost ?? 0,
      }
    }),
  )
}

/** Asks the shipper that leads. @returns `undefined` when none does, it is still starting, or it does not answer */
export async function askShipper(directory: string): Promise<ShipStatus | undefined> {
  const answer = await answerOf(directory)
  return typeof answer === 'string' ? undefined : answer
}

async function answerOf(directory: string): Promise<ShipStatus | Silence> {
  const leader = await leaderOf(directory)
  if (!leader) return 'absent'
  const { socket } = leader
  if (!socket) return 'silent'
  let text = ''
  let isLate = false
  socket.setTimeout(ANSWER_MS, () => {
    isLate = true
    socket.destroy()
  })
  socket.setEncoding('utf8')
  try {
    for await (const chunk of socket) {
      text += String(chunk)
      if (text.length > LONGEST_STATUS) return 'other version'
    }
    if (text === '') return 'starting'
    return statusIn(text) ?? 'other version'
  } catch {
    // It has ended meanwhile.
    return isLate ? 'silent' : 'absent'
  } finally {
    socket.destroy()
  }
}

const COUNTS = ['pid', 'end', 'unplaced', 'conflicts', 'refused', 'tooLong', 'lost', 'batches', 'records'] as const
const STATES: ReadonlySet<unknown> = new Set<ShipStatus['state']>(['asking', 'shipping', 'in trouble'])
const PROMISES: ReadonlySet<unknown> = new Set<ShipStatus['promise']>([
  'exactly-once',
  'deduplicated',
  'at-least-once',
  undefined,
])

function statusIn(text: string): ShipStatus | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isShipStatus(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Any process of this user may listen there. */
function isShipStatus(value: unknown): value is ShipStatus {
  if (!isRecord(value)) return false
  const { state, promise, position, trouble, to } = value
  if (!STATES.has(state) || !PROMISES.has(promise) || typeof to !== 'string') return false
  if (position !== undefined && !isWholeNumber(position)) return false
  return (trouble === undefined || typeof trouble === 'string') && COUNTS.every((name) => isWholeNumber(value[name]))
}

/** Lets a shipper that waits after a failure try again at once. One that is stopped does so later. */
export async function wakeShipper(directory: string): Promise<void> {
  const leader = await leaderOf(directory)
  const socket = leader?.socket
  if (!socket) return
  socket.setTimeout(ANSWER_MS, () => socket.destroy())
  try {
    socket.end('!')
    await once(socket.resume(), 'close')
  } catch {
    // It has ended meanwhile.
  } finally {
    socket.destroy()
  }
}
