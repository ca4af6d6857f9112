/**
 * One shipper for each log and engine. Engines that compare and append need no leader; for others, two shippers would
 * send everything twice.
 *
 * A leader listens on the socket `S.<number>`. The next one takes the next number, when the kernel refuses a connection
 * to the highest one. A link has one winner, and is there only when its socket listens. The highest name is never
 * removed, so that a number is never used again: a claim that comes late finds a higher one, and steps back.
 */
import { linkOnce, listenAlive, proveLife, unlinkIfThere } from '@pino-funnel/channel'
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { join } from 'node:path'

const DRAFT = 'draft.'
const NAME = /^S\.(\d{1,15})$/

export interface Leadership {
  /** Lets the next one lead. */
  resign(): void
}

/**
 * @param directory - of the log and engine
 * @param onConnection - answers those that ask the leader
 * @returns `undefined` when another shipper leads
 */
export async function takeLead(
  directory: string,
  onConnection: (socket: Socket) => void,
): Promise<Leadership | undefined> {
  for (;;) {
    const highest = highestNumber(directory)
    if (highest > 0) {
      const evidence = await proveLife(directory, nameOf(highest))
      if (evidence.life === 'unknown') throw evidence.cause
      if (evidence.life === 'absent') continue
      if (evidence.life === 'alive') {
        evidence.socket?.destroy()
        return undefined
      }
    }
    const server = claim(directory, highest + 1, onConnection)
    if (!server) continue
    // The next one tries again.
    await removeDeadDrafts(directory).catch(() => {})
    return { resign: () => server.close() }
  }
}

export interface Leader {
  /** An open connection; `undefined` when it has not taken those of others for so long that their queue is full. */
  readonly socket: Socket | undefined
}

/** @returns `undefined` when none leads */
export async function leaderOf(directory: string): Promise<Leader | undefined> {
  const highest = highestNumber(directory)
  if (highest === 0) return undefined
  const evidence = await proveLife(directory, nameOf(highest))
  return evidence.life === 'alive' ? { socket: evidence.socket } : undefined
}

/**
 * Deletes the state of a shipper, unless one leads: also one that is stopped, or waits for its log.
 *
 * @param before - what is done first, while none can begin; when it throws, the state stays
 * @returns whether it was deleted
 */
export async function deleteState(directory: string, before: () => void): Promise<boolean> {
  const lead = await takeLead(directory, (socket) => socket.destroy())
  if (!lead) return false
  try {
    before()
    rmSync(directory, { recursive: true })
  } finally {
    lead.resign()
  }
  return true
}

function claim(directory: string, number: number, onConnection: (socket: Socket) => void): Server | undefined {
  const draft = `${DRAFT}${randomBytes(8).toString('hex')}`
  const server = listenAlive(directory, draft, onConnection)
  try {
    const isLinked = linkOnce(join(directory, draft), join(directory, nameOf(number)))
    unlinkIfThere(join(directory, draft))
    if (isLinked && highestNumber(directory) === number) {
      removeOlder(directory, number)
      return server
    }
    if (isLinked) unlinkIfThere(join(directory, nameOf(number)))
  } catch (error) {
    // Otherwise it would lead, and its own process would wait for it.
    server.close()
    throw error
  }
  server.close()
  return undefined
}

function removeOlder(directory: string, number: number): void {
  for (const name of readdirSync(directory)) {
    const other = numberIn(name)
    if (other !== undefined && other < number) unlinkIfThere(join(directory, name))
  }
}

/** Those of shippers that were killed while they claimed the lead. */
async function removeDeadDrafts(directory: string): Promise<void> {
  for (const name of readdirSync(directory).filter((each) => each.startsWith(DRAFT))) {
    if ((await proveLife(directory, name)).life === 'dead') unlinkIfThere(join(directory, name))
  }
}

function highestNumber(directory: string): number {
  return Math.max(0, ...readdirSync(directory).map((name) => numberIn(name) ?? 0))
}

function nameOf(number: number): string {
  return `S.${number}`
}

function numberIn(name: string): number | undefined {
  const [, digits] = NAME.exec(name) ?? []
  return digits === undefined ? undefined : Number(digits)
}
