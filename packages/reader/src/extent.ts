/** Where a log begins and ends, as its ledger says. */
import { bootId } from '@pino-funnel/channel'
import { leftOutBetween, logEnd, readLedger, type Ledger } from '@pino-funnel/ledger'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { placeOf, type ChannelOptions } from './files/channel-of.ts'
import { Addresses } from './reading/addresses.ts'
import { placesOf } from './reading/places.ts'

/** Where a log begins and ends, by its ledger. */
export interface LogExtent {
  /** The log's id, 32 hex digits. */
  readonly id: string
  /** Position of the first byte that has not been deleted, as far as the ledger says. */
  readonly begin: number
  /** Position after the last byte. */
  readonly end: number
  /**
   * Whether the bytes of the live file keep their positions. They may not after a reboot, until the listener has opened the
   * file again: the machine may have lost some of them.
   */
  readonly isSettled: boolean
}

/** Where a log begins and ends now; `undefined` when it has no ledger. @param file - the live file */
export function extentOf(file: string, { channelDir }: ChannelOptions = {}): LogExtent | undefined {
  const { channel, log } = placeOf(file, channelDir)
  const ledger = readLedger(channel, log)
  if (ledger?.id === undefined) return undefined
  const begin = ledger.files[0]?.base ?? 0
  return { id: ledger.id, begin, end: logEnd(ledger, resolve(file)), isSettled: isSettled(ledger, file) }
}

/**
 * Position of the oldest byte that is in a file now. The ledger has files that were deleted, so it may begin earlier.
 *
 * @param file - the live file
 * @returns the position after the last byte when none is left; 0 for a log without a ledger
 * @throws the system's error when the log directory or the ledger can't be read
 */
export async function oldestPosition(file: string, { channelDir }: ChannelOptions = {}): Promise<number> {
  const path = resolve(file)
  const addresses = new Addresses(path, channelDir)
  const places = await placesOf(path, addresses)
  const oldest = places.find(({ address }) => address !== undefined)?.address
  if (oldest) return oldest.file.base
  return addresses.ledger ? logEnd(addresses.ledger, path) : 0
}

/** How many bytes a log had between two positions. No byte has those that were left out. @param file - the live file */
export function bytesBetween(file: string, from: number, to: number, { channelDir }: ChannelOptions = {}): number {
  const { channel, log } = placeOf(file, channelDir)
  const ledger = readLedger(channel, log)
  return to - from - (ledger ? leftOutBetween(ledger, from, to) : 0)
}

/** As the listener decides about the file, when it opens it. */
function isSettled({ last }: Ledger, file: string): boolean {
  const boot = bootId()
  if (last?.boot === undefined || boot === '' || last.boot === boot) return true
  const stats = statSync(file, { throwIfNoEntry: false })
  const isIt = stats?.ino === Number.parseInt(last.identity, 10)
  return (last.name !== undefined && !isIt) || (last.isClosed && stats?.size === last.length)
}
