/** The shippers of a channel's logs, whichever process runs them, and how far they are behind. */
import type { Channel } from '@pino-funnel/channel'
import { bytesFrom, readLedger } from '@pino-funnel/ledger'
import { timeAt } from '@pino-funnel/reader'
import { shippersOf, type KnownShipper } from '@pino-funnel/ship'
import { join } from 'node:path'

export interface ShipReport {
  readonly ship: string
  /** Name of the log file. */
  readonly file: string
  /** `absent`: it does not run, or does not answer. */
  readonly state: 'asking' | 'shipping' | 'in trouble' | 'absent'
  readonly pid: number | null
  /** Up to where the log is shipped. */
  readonly position: number
  /** Bytes of the log that are not shipped yet. */
  readonly unshipped: number
  /** How long ago the oldest of them was logged, ms; `null` when there is none, or no time is known. */
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

export async function shipReports(channel: Channel): Promise<ShipReport[]> {
  const known = await knownShippers(channel)
  return known.map(({ name, log, running, position = 0, refused, lost }) => ({
    ship: name,
    file: log,
    state: running?.state ?? 'absent',
    pid: running?.pid ?? null,
    position: running?.position ?? position,
    ...unshippedFrom(running?.position ?? position, channel, log),
    records: running?.records ?? null,
    trouble: running?.trouble ?? null,
    refused: running?.refused ?? refused,
    lost: running?.lost ?? lost,
  }))
}

/** A report is never prevented by what can't be read. */
async function knownShippers({ directory }: Channel): Promise<KnownShipper[]> {
  try {
    return await shippersOf(directory)
  } catch {
    return []
  }
}

function unshippedFrom(position: number, channel: Channel, file: string): Pick<ShipReport, 'unshipped' | 'age'> {
  try {
    const live = join(channel.reachLogDirectory(), file)
    const ledger = readLedger(channel.directory, file)
    const unshipped = ledger ? bytesFrom(ledger, live, position) : 0
    const time = unshipped > 0 ? timeAt(live, position, { channelDir: channel.directory }) : undefined
    return { unshipped, age: time === undefined ? null : Math.max(0, Date.now() - time) }
  } catch {
    return { unshipped: 0, age: null }
  }
}
