import { FunnelError } from '@pino-funnel/channel'
import { bytesBetween, extentOf, oldestPosition, readPortions } from '@pino-funnel/reader'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import type { LogOrigin } from '../engine/engine.ts'
import type { LogSource, SourcePortion } from './log-source.ts'

/** Where a log is. */
export interface LogPlace {
  /** The live file. */
  readonly file: string
  /** Directory of its channel. */
  readonly channelDir: string
}

/** A log in its files, rotated and compressed ones included, with the positions of its ledger. */
export class ReaderSource implements LogSource {
  readonly log: LogOrigin
  readonly #file: string
  readonly #channel: Pick<LogPlace, 'channelDir'>
  /** Bytes without a position, by path: how much of the file was seen. */
  readonly #unplaced = new Map<string, number>()
  readonly #warn: (message: string) => void

  /**
   * @param id - of the log, by its ledger
   * @param warn - hears of bytes that have no positions, and are not shipped
   */
  constructor({ file, channelDir }: LogPlace, id: string, warn: (message: string) => void) {
    this.#file = file
    this.#channel = { channelDir }
    this.#warn = warn
    this.log = { id, name: basename(file), host: hostname() }
  }

  async *read(
    from: number | undefined,
    signal: AbortSignal,
    { follow }: { follow: boolean } = { follow: true },
  ): AsyncGenerator<SourcePortion, void, void> {
    // Of gaps, the positions say more.
    const options = { from: from ?? 'beginning', follow, signal, onGap: () => {}, ...this.#channel }
    const portions = readPortions(this.#file, options)
    for await (const { bytes, offset, address, path } of portions) {
      if (!address) this.#leaveOut(path, 'is not in the ledger of the log', offset + bytes.length)
      // What another program has added to a finished file has no positions.
      const own = address ? bytes.subarray(0, Math.max(0, address.length - offset)) : bytes.subarray(0, 0)
      if (address && address.logId !== this.log.id) throw otherLog(this.#file, this.log.id, address.logId)
      if (address && own.length < bytes.length)
        this.#leaveOut(path, 'has bytes that another program has added', offset + bytes.length - address.length)
      if (address && own.length > 0) yield { from: address.file.base + offset, bytes: own }
    }
  }

  /** Bytes that were not shipped because they have no position, since this source is read. */
  get unplaced(): number {
    return [...this.#unplaced.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  #leaveOut(path: string, why: string, bytes: number): void {
    this.#unplaced.set(path, Math.max(bytes, this.#unplaced.get(path) ?? 0))
    this.#warn(`${path} ${why}: what has no position in the log is not shipped`)
  }

  bytesBetween(from: number, to: number): number {
    return bytesBetween(this.#file, from, to, this.#channel)
  }

  async bounds(): Promise<{ begin: number; end: number }> {
    const extent = extentOf(this.#file, this.#channel)
    if (extent?.id !== this.log.id) throw otherLog(this.#file, this.log.id, extent?.id)
    return { begin: await oldestPosition(this.#file, this.#channel), end: extent.end }
  }
}

function otherLog(file: string, id: string, other: string | undefined): FunnelError {
  return new FunnelError(
    'FUNNEL_SHIP_OTHER_LOG',
    `${file} was the log ${id}, and is ${other ?? 'none with a ledger'} now: its channel was deleted, or the host was copied. The shipper begins again with what is there.`,
  )
}
