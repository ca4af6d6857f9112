/** The orders of a channel: a file each, in its directory `levels`. */
import {
  bootId,
  FunnelError,
  isMailboxId,
  namesIfReadable,
  newMailboxId,
  openPrivateFile,
  readText,
  systemCode,
  unlinkIfThere,
  writeAll,
  type Channel,
} from '@pino-funnel/channel'
import { wallNow } from '@pino-funnel/channel/captured'
import { closeSync, mkdirSync, renameSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { msLeft, parseOrder, type LevelOrder } from './level-order.ts'

/** Each worker that follows reads all of them. */
const MOST_ORDERS = 100
/** Far more than an order has. */
const MOST_BYTES = 4096

export interface GivenOrder extends Pick<LevelOrder, 'level' | 'worker' | 'file'> {
  /** Ms that it lasts. */
  readonly span: number
}

/**
 * Writes an order into the channel. Workers that start from now on, or connect to a listener, obey it.
 *
 * @throws FunnelError `FUNNEL_TOO_MANY_LEVELS` when a hundred are in force; the system's error
 */
export function giveOrder(channel: Channel, { level, worker, file, span }: GivenOrder): LevelOrder {
  const inForce = sweep(channel)
  if (inForce.length >= MOST_ORDERS) throw tooMany(channel)
  const at = wallNow()
  const id = newMailboxId()
  const number = (inForce.at(-1)?.number ?? 0) + 1
  const order = { level, worker, file, number, at, until: at + span, boot: bootId(), by: userName() }
  makeDirectory(channel)
  const draft = join(channel.tmp, `level.${id}`)
  const descriptor = openPrivateFile(draft, 'wx')
  try {
    writeAll(descriptor, Buffer.from(JSON.stringify(order)))
  } finally {
    closeSync(descriptor)
  }
  renameSync(draft, join(channel.levels, id))
  return { id, ...order }
}

/**
 * Ends orders before their time.
 *
 * @param isMeant - which ones
 * @returns those that were in force
 * @throws the system's error
 */
export function endOrders(channel: Channel, isMeant: (order: LevelOrder) => boolean): LevelOrder[] {
  const ended = sweep(channel).filter((order) => isMeant(order))
  for (const { id } of ended) unlinkIfThere(join(channel.levels, id))
  return ended
}

/** The orders in force, the youngest last. */
export function ordersInForce(channel: Pick<Channel, 'levels'>): LevelOrder[] {
  return ordersIn(channel.levels).filter((order) => msLeft(order) > 0)
}

/**
 * All orders of a channel, the youngest last, those included that are over.
 *
 * @param directory - `levels` of the channel
 */
export function ordersIn(directory: string): LevelOrder[] {
  return namesIfReadable(directory)
    .filter(isMailboxId)
    .flatMap((name) => read(directory, name) ?? [])
    .sort((one, other) => one.number - other.number || one.at - other.at || (one.id < other.id ? -1 : 1))
}

/** It may have been ended since it was listed. */
function read(directory: string, name: string): LevelOrder | undefined {
  try {
    return parseOrder(name, readText(join(directory, name), MOST_BYTES))
  } catch {
    return undefined
  }
}

/** @returns the orders that are in force */
function sweep(channel: Channel): LevelOrder[] {
  const orders = ordersIn(channel.levels)
  for (const order of orders) {
    if (msLeft(order) === 0) unlinkIfThere(join(channel.levels, order.id))
  }
  return orders.filter((order) => msLeft(order) > 0)
}

function makeDirectory(channel: Channel): void {
  try {
    mkdirSync(channel.levels, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}

/** A user may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.geteuid?.()}`
  }
}

function tooMany(channel: Channel): FunnelError {
  return new FunnelError(
    'FUNNEL_TOO_MANY_LEVELS',
    `The channel ${channel.root} has ${MOST_ORDERS} orders of levels in force, which is the limit. ` +
      `End those that are not needed: pino-funnel level <logs> --back`,
  )
}
