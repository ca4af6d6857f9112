/** The shippers of a channel's logs, whichever process runs them, and how far they are behind. */
import {
  pidNamespace,
  processIsGone,
  type Channel,
  type LaunchedShipper,
  type ListenerStatus,
} from '@pino-funnel/channel'
import { bytesFrom, readLedger } from '@pino-funnel/ledger'
import { timeAt } from '@pino-funnel/reader'
import { readLeader, shipDirectory, shippersOf, type KnownShipper } from '@pino-funnel/ship'
import { join } from 'node:path'

export interface ShipReport {
  readonly ship: string
  /** Name of the log file. */
  readonly file: string
  /**
   * - `asking`, `shipping`, `in trouble`: as it says itself
   * - `starting`: it is being started, has no log yet, or can't read it for now
   * - `silent`: it lives and does not answer
   * - `other version`: it answers in a way that is not known here
   * - `absent`: none ships; with a pid, the one that the listener has launched can't begin
   */
  readonly state: 'asking' | 'shipping' | 'in trouble' | 'starting' | 'silent' | 'other version' | 'absent'
  /** Its process, or the one that the listener has launched; `null` where none is known. */
  readonly pid: number | null
  /** Up to where the log is shipped; 0 where that is not known. */
  readonly position: number
  /** Bytes of the log that are not shipped yet. */
  readonly unshipped: number
  /** How long ago the oldest of them was logged, ms; `null` when there is none, or no position or time is known. */
  readonly age: number | null
  /** Records that it has shipped since it started; `null` when it does not run. */
  readonly records: number | null
  /** Why it can't ship; `null` when it can. */
  readonly trouble: string | null
  /** Records that the engine refused for good. */
  readonly refused: number
  /** Bytes of the log that were deleted, or given up, before they were shipped. */
  readonly lost: number
}

/** @param listener - what it says; `undefined` without an answer */
export async function shipReports(channel: Channel, listener: ListenerStatus | undefined): Promise<ShipReport[]> {
  const known = await knownShippers(channel)
  return known.map(({ name, log, silence, running, position, refused, lost }) => ({
    ship: name,
    file: log,
    ...(running
      ? { state: running.state, pid: running.pid }
      : processOf(channel, { name, log, silence }, launchedOf(listener?.files ?? [], name, log))),
    position: running?.position ?? position ?? 0,
    ...unshippedFrom(running?.position ?? position, channel, log),
    records: running?.records ?? null,
    trouble: running?.trouble ?? null,
    refused: running?.refused ?? refused,
    lost: running?.lost ?? lost,
  }))
}

/** One that does not say it itself. */
function processOf(
  { directory }: Channel,
  { name, log, silence = 'absent' }: Pick<KnownShipper, 'name' | 'log' | 'silence'>,
  launched: LaunchedShipper | undefined,
): Pick<ShipReport, 'state' | 'pid'> {
  if (silence !== 'absent') return { state: silence, pid: leaderPid(shipDirectory(directory, name, log)) }
  return { state: launched?.state === 'starting' ? 'starting' : 'absent', pid: launched?.pid ?? null }
}

/** The record may be of an earlier process: a full disk keeps the one that leads from noting itself. */
function leaderPid(directory: string): number | null {
  const leader = readLeader(directory)
  if (!leader || leader.pidNamespace !== pidNamespace() || processIsGone(leader.pid, leader.start)) return null
  return leader.pid
}

/** What the listener says of a shipper that it has launched. */
export function launchedOf(files: ListenerStatus['files'], ship: string, log: string): LaunchedShipper | undefined {
  return files.find(({ file }) => file === log)?.shippers.find((each) => each.ship === ship)
}

/** A report is never prevented by what can't be read. */
async function knownShippers({ directory }: Channel): Promise<KnownShipper[]> {
  try {
    return await shippersOf(directory)
  } catch {
    return []
  }
}

/** @param position - `undefined` where it is not known: then all of the log counts, and not as late */
function unshippedFrom(
  position: number | undefined,
  channel: Channel,
  file: string,
): Pick<ShipReport, 'unshipped' | 'age'> {
  try {
    const live = join(channel.reachLogDirectory(), file)
    const ledger = readLedger(channel.directory, file)
    const unshipped = ledger ? bytesFrom(ledger, live, position ?? 0) : 0
    const isToBeDated = position !== undefined && unshipped > 0
    const time = isToBeDated ? timeAt(live, position, { channelDir: channel.directory }) : undefined
    return { unshipped, age: time === undefined ? null : Math.max(0, Date.now() - time) }
  } catch {
    return { unshipped: 0, age: null }
  }
}
