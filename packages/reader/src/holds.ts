/**
 * Holds: a reader that must miss nothing asks retention to spare what it has not read.
 *
 * What a hold spares, and up to which budget, is said in docs/looking.md, "Holds".
 */
import { FunnelError, systemCode } from '@pino-funnel/channel'
import {
  DEFAULT_BUDGET_BYTES,
  FollowedLedger,
  isHoldName,
  logEnd,
  readHolds,
  readLedger,
  readUpTo,
  removeHold,
  sweepDrafts,
  writeHold,
  type Ledger,
  type StoredHold,
} from '@pino-funnel/ledger'
import { resolve } from 'node:path'
import { placeOf, type ChannelOptions } from './files/channel-of.ts'

export interface HoldOptions extends ChannelOptions {
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
   * @param logId - of the line. Without it, the position is one of the log that the hold is of: when the channel is deleted,
   * and the log has another id, nothing of it counts as read.
   * @throws the system's error
   */
  advance(position: number, logId?: string): void
  /** Writes the position down if that was not done yet. @throws the system's error */
  save(): void
  /** Ends the hold for good. @throws the system's error */
  release(): void
}

const SAVE_MS = 100
const SAVE_BYTES = 16 * 1024 * 1024

class FileHold implements Hold {
  readonly name: string
  readonly #channel: string
  readonly #log: string
  readonly #ledger: FollowedLedger
  #stored: StoredHold
  #position: number
  /** Of the log that the position is of, as the reader says. */
  #logId: string | undefined
  #savedAt = performance.now()

  constructor(channel: string, log: string, stored: StoredHold) {
    this.name = stored.name
    this.#channel = channel
    this.#log = log
    this.#ledger = new FollowedLedger(channel, log)
    this.#stored = stored
    this.#position = stored.position
  }

  get position(): number {
    return this.#position
  }

  get budget(): number {
    return this.#stored.budget
  }

  advance(position: number, logId?: string): void {
    refuseOtherThanPosition(position)
    this.#position = position
    this.#logId = logId
    const isFar = Math.abs(position - this.#stored.position) >= SAVE_BYTES
    if (isFar || performance.now() - this.#savedAt >= SAVE_MS) this.save()
  }

  save(): void {
    const logId = this.#logId ?? this.#currentId()
    if (this.#position === this.#stored.position && logId === this.#stored.logId) return
    const stored = { ...this.#stored, logId, position: this.#position, at: Date.now() }
    writeHold(this.#channel, this.#log, stored)
    this.#stored = stored
    this.#savedAt = performance.now()
  }

  /** Of a log that was forked it is the new id. A position in another log would say nothing. */
  #currentId(): string {
    const ledger = this.#ledger.current
    const isOfThisLog = ledger && readUpTo(this.#stored, ledger) === this.#stored.position
    return isOfThisLog ? (ledger.id ?? '') : this.#stored.logId
  }

  release(): void {
    removeHold(this.#channel, this.#log, this.name)
  }
}

/**
 * Begins a hold, or goes on with the one of this name. That of another log, whose channel was deleted, begins again.
 *
 * @param file - the live file: `logs/app.log`
 * @returns the hold, at the position of an earlier life of the reader if there was one
 * @throws FunnelError `FUNNEL_OPTION_INVALID` for a name or a number that can't be used, `FUNNEL_CHANNEL_MISSING` for a log without a
 * channel, which no listener writes, `FUNNEL_CHANNEL_FOREIGN` for root where it can't hold the channel of a service's user
 * safely; the system's error, when another user owns the channel
 */
export function acquireHold(
  file: string,
  { name, budget = DEFAULT_BUDGET_BYTES, from = 'beginning', channelDir }: HoldOptions,
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
  const { channel, log } = placeOf(file, channelDir)
  const ledger = readLedger(channel, log)
  const known = readHolds(channel, log).find((hold) => hold.name === name)
  const isOfThisLog = known && (!ledger || readUpTo(known, ledger) === known.position)
  const position = isOfThisLog ? known.position : beginningOf(from, file, ledger)
  const stored = { name, logId: ledger?.id ?? known?.logId ?? '', position, budget, at: Date.now() }
  try {
    writeHold(channel, log, stored)
    sweepDrafts(channel, log, name)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw new FunnelError(
      'FUNNEL_CHANNEL_MISSING',
      `The log ${file} has no channel, ${channel}, so that no listener would respect a hold. Start a worker that logs to it first. Where the workers have the option 'channelDir', give it to the reader, too.`,
    )
  }
  return new FileHold(channel, log, stored)
}

/** The holds on a log, by name. @param file - the live file @throws the system's error */
export function holdsOf(file: string, { channelDir }: ChannelOptions = {}): StoredHold[] {
  const { channel, log } = placeOf(file, channelDir)
  return readHolds(channel, log)
}

/** Ends a hold whose reader is gone for good. @param file - the live file @throws the system's error */
export function releaseHold(file: string, name: string, { channelDir }: ChannelOptions = {}): void {
  const { channel, log } = placeOf(file, channelDir)
  if (isHoldName(name)) removeHold(channel, log, name)
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
