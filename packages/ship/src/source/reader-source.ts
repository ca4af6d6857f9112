import { FunnelError } from '@pino-funnel/channel'
import { extentOf, readPortions } from '@pino-funnel/reader'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import type { LogIdentity } from '../engine/engine.ts'
import type { LogSource, SourcePortion } from './log-source.ts'

/** A log in its files, rotated and compressed ones included, with the positions of its ledger. */
export class ReaderSource implements LogSource {
  readonly log: LogIdentity
  readonly #file: string

  /**
   * @param file - the live file
   * @param id - of the log, by its ledger
   */
  constructor(file: string, id: string) {
    this.#file = file
    this.log = { id, name: basename(file), host: hostname() }
  }

  async *read(from: number | undefined, signal: AbortSignal): AsyncGenerator<SourcePortion, void, void> {
    // Of gaps, the positions say more.
    const portions = readPortions(this.#file, { from: from ?? 'beginning', follow: true, signal, onGap: () => {} })
    for await (const { bytes, offset, address } of portions) {
      // What another program has added to a finished file has no positions.
      const own = address ? bytes.subarray(0, Math.max(0, address.length - offset)) : bytes.subarray(0, 0)
      if (address && address.logId !== this.log.id) throw otherLog(this.#file, this.log.id, address.logId)
      if (address && own.length > 0) yield { from: address.file.base + offset, bytes: own }
    }
  }

  async bounds(): Promise<{ begin: number; end: number }> {
    const extent = extentOf(this.#file)
    if (extent?.id !== this.log.id) throw otherLog(this.#file, this.log.id, extent?.id)
    return { begin: extent.begin, end: extent.end }
  }
}

function otherLog(file: string, id: string, other: string | undefined): FunnelError {
  return new FunnelError(
    'FUNNEL_SHIP_OTHER_LOG',
    `${file} was the log ${id}, and is ${other ?? 'none with a ledger'} now: its channel was deleted, or the host was copied. The shipper begins again with what is there.`,
  )
}
