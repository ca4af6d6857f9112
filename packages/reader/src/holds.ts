/**
 * Holds: a reader that must miss nothing asks retention to spare what it has not read.
 *
 * What a hold spares, and up to which budget, is said in docs/looking.md, "Holds".
 */
import { CHANNEL_NAME, FunnelError, systemCode } from '@pino-funnel/channel'
import {
  DEFAULT_BUDGET_BYTES,
  isHoldName,
  logEnd,
  readHolds,
  readLedger,
  removeHold,
  writeHold,
  type Ledger,
  type StoredHold,
} from '@pino-funnel/ledger'
import { basename, dirname, join, resolve } from 'node:path'

export interface HoldOptions {
  /** Names the reader, for people and for the next life of the reader: letters, digits, `.`, `_` and `-`, 64 at most. */
  readonly name: string
  /**
   * Unread bytes that are spared from `limit.size` and `limit.free`. Bytes of records, before compression.
   *
   * @defaultValue 8 GiB
   */
  readonly budget?: number
  /**
   * Where a hold begins that was not there before: at the oldest file, at the end of the log, or at a position.
   *
   * @defaultValue `'beginning'`
   */
  readonly from?: 'beginning' | 'end' | number
}

/** What retention spares for a reader. It outlives the process, until it is released. */
export interface Hold {
  readonly name: string
  /** All before this position was read. */
  readonly position: number
  readonly budget: number
  /**
   * All before a position was read. The file of the hold is written at most every 100 ms, and for each 16 MiB: until then
   * more is held than needed. A position further back is possible, as long as its file is there.
   *
   * @throws the system's error
   */
  advance(position: number): void
  /** Writes the position down if that was not done yet. @throws the system's error */
  save(): void
  /** Ends the hold for good. @throws the system's error */
  release(): void
}

/** Where a log begins and ends, by its ledger. */
export interface LogExtent {
  /** The log's id, 32 hex digits. */
  readonly id: string
  /** Position of the first byte that has not been deleted, as far as the ledger says. */
  readonly begin: number
  /** Position after the last byte. */
  readonly end: number
}

const SAVE_MS = 100
const SAVE_BYTES = 16 * 1024 * 1024

class FileHold implements Hold {
  readonly name: string
  readonly #channel: string
  readonly #log: string
  #stored: StoredHold
  #position: number
  #savedAt = performance.now()

  constructor(channel: string, log: string, stored: StoredHold) {
    this.name = stored.name
    this.#channel = channel
    this.#log = log
    this.#stored = stored
    this.#position = stored.position
  }

  get position(): number {
    return this.#position
  }

  get budget(): number {
    return this.#stored.budget
  }

  advance(position: number): void {
    refuseOtherThanPosition(position)
    this.#position = position
    const isFar = Math.abs(position - this.#stored.position) >= SAVE_BYTES
    if (isFar || performance.now() - this.#savedAt >= SAVE_MS) this.save()
  }

  save(): void {
    if (this.#position === this.#stored.position && this.#stored.logId !== '') return
    const logId = this.#stored.logId || (readLedger(this.#channel, this.#log)?.id ?? '')
    const stored = { ...this.#stored, logId, position: this.#position, at: Date.now() }
    writeHold(this.#channel, this.#log, stored)
    this.#stored = stored
    this.#savedAt = performance.now()
  }

  release(): void {
    removeHold(this.#channel, this.#log, this.name)
  }
}

/**
 * Begins a hold, or goes on with the one of this name.
 *
 * @param file - the live file: `logs/app.log`
 * @returns the hold, at the position of an earlier life of the reader if there was one
 * @throws FunnelError `FUNNEL_OPTION_INVALID` for a name or a number that is none, `FUNNEL_CHANNEL_MISSING` for a log without a
 * channel, which no listener writes; the system's error, when another user owns the channel
 */
export function acquireHold(
  file: string,
  { name, budget = DEFAULT_BUDGET_BYTES, from = 'beginning' }: HoldOptions,
): Hold {
  if (!isHoldName(name))
    throw new FunnelError(
      'FUNNEL_OPTION_INVALID',
      `Option 'name' of a hold must be 1 to 64 letters, digits, '.', '_' or '-'; got '${name}'.`,
    )
  if (!Number.isSafeInteger(budget) || budget < 0)
    throw new FunnelError(
      'FUNNEL_OPTION_INVALID',
      `Option 'budget' of a hold must be a number of bytes; got ${budget}.`,
    )
  const { channel, log } = placeOf(file)
  const ledger = readLedger(channel, log)
  const known = readHolds(channel, log).find((hold) => hold.name === name)
  const position = known ? known.position : beginningOf(from, file, ledger)
  const stored = { name, logId: known?.logId ?? ledger?.id ?? '', position, budget, at: Date.now() }
  try {
    writeHold(channel, log, stored)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw new FunnelError(
      'FUNNEL_CHANNEL_MISSING',
      `The log ${file} has no channel, ${channel}, so that no listener would respect a hold. Start a worker that logs to it first. Where the workers have the option 'channelDir', the channel is elsewhere, and the log can't be held.`,
    )
  }
  return new FileHold(channel, log, stored)
}

/** The holds on a log, by name. @param file - the live file @throws the system's error */
export function holdsOf(file: string): StoredHold[] {
  const { channel, log } = placeOf(file)
  return readHolds(channel, log)
}

/** Ends a hold whose reader is gone for good. @param file - the live file @throws the system's error */
export function releaseHold(file: string, name: string): void {
  const { channel, log } = placeOf(file)
  if (isHoldName(name)) removeHold(channel, log, name)
}

/** Where a log begins and ends now; `undefined` when it has no ledger. @param file - the live file */
export function extentOf(file: string): LogExtent | undefined {
  const { channel, log } = placeOf(file)
  const ledger = readLedger(channel, log)
  if (ledger?.id === undefined) return undefined
  return { id: ledger.id, begin: ledger.files[0]?.base ?? 0, end: logEnd(ledger, resolve(file)) }
}

function placeOf(file: string): { readonly channel: string; readonly log: string } {
  const path = resolve(file)
  return { channel: join(dirname(path), CHANNEL_NAME), log: basename(path) }
}

function beginningOf(from: NonNullable<HoldOptions['from']>, file: string, ledger: Ledger | undefined): number {
  if (from === 'beginning') return 0
  if (from === 'end') return ledger ? logEnd(ledger, resolve(file)) : 0
  refuseOtherThanPosition(from)
  return from
}

function refuseOtherThanPosition(position: number): void {
  if (Number.isSafeInteger(position) && position >= 0) return
  throw new FunnelError('FUNNEL_OPTION_INVALID', `A position must be that of a line; got ${position}.`)
}
