/** The shippers of a channel's logs, whichever process runs them, and how far they are behind. */
import type { Channel } from '@pino-funnel/channel'
import { bytesFrom, readLedger } from '@pino-funnel/ledger'
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
  return known.map(({ name, log, running, position, refused, lost }) => ({
    ship: name,
    file: log,
    state: running?.state ?? 'absent',
    pid: running?.pid ?? null,
    position: running?.position ?? position ?? 0,
    unshipped: bytesAfter(running?.position ?? position ?? 0, channel, log),
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

function bytesAfter(position: number, channel: Channel, file: string): number {
  try {
    const ledger = readLedger(channel.directory, file)
    return ledger ? bytesFrom(ledger, join(channel.reachLogDirectory(), file), position) : 0
  } catch {
    return 0
  }
}
