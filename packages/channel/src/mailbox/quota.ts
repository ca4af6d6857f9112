/**
 * How much may wait in mailboxes that the listener has not collected yet: a bound for each mailbox, and one for all
 * mailboxes of the channel, so that a listener that is stopped or a log disk that is full can't fill the disk.
 *
 * A share of the file system is left to the listener: only a listener makes room in a full channel, and it needs some to
 * begin.
 *
 * Above a bound there is a reserve that only urgent records may use: warn, error and fatal still get through when
 * debug and info no longer do.
 */
import { readdirSync, statfsSync, statSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { monotonicNow } from '../captured/clock.ts'
import { listSegments, segmentFileName } from '../segment/segment-name.ts'

export interface MailboxLimits {
  /** Bytes that may wait in one mailbox. */
  readonly mailboxBytes: number
  /** Bytes that may wait in all mailboxes of the channel together. */
  readonly channelBytes: number
}

/** Why a record is not taken. */
export type Refusal = 'mailbox full' | 'channel full'

/**
 * Room that workers leave on the file system of the channel. A listener needs it to begin: for its socket, `epoch`, and
 * the checkpoint of the journal. On a small file system it is a share of it.
 */
const LISTENERS_BYTES = 1024 * 1024
const LISTENERS_SHARE = 1 / 8
const LISTENERS_INODES = 16

export const NO_LIMITS: MailboxLimits = { mailboxBytes: Infinity, channelBytes: Infinity }

/** The reserve for urgent records, as a share of each bound, in addition to it. */
const RESERVE_SHARE = 0.25
/** Ms between two measurements of all mailboxes. They take time, so a worker measures only while it is behind. */
const CHANNEL_CHECK_MS = 1000
/** Ms between two checks whether a full mailbox still is. */
const RELIEF_CHECK_MS = 5
/** Below this, a mailbox is not what fills the channel. */
const MODEST_BYTES = 4 * 1024 * 1024

export class Quota {
  readonly #mailbox: string
  readonly #mailboxes: string
  readonly #limits: MailboxLimits
  #channelBytes = 0
  #measuredAt = -Infinity
  #nextReliefCheck = 0

  /** @param mailbox - the directory of the mailbox; `mailboxes` the one that holds all of them */
  constructor(mailbox: string, mailboxes: string, limits: MailboxLimits) {
    this.#mailbox = mailbox
    this.#mailboxes = mailboxes
    this.#limits = limits
  }

  /**
   * Never throws: what can't be measured doesn't count.
   *
   * @returns why the mailbox may not grow by `bytes`; `undefined` when it may
   */
  check(bytes: number, urgent: boolean): Refusal | undefined {
    const share = urgent ? 1 + RESERVE_SHARE : 1
    // The last segment doesn't count: it may have been read to its end, and is given up only when the chain goes on.
    const waiting = sizesOfSegments(this.#mailbox).slice(0, -1).reduce(sum, 0)
    if (waiting + bytes > this.#limits.mailboxBytes * share) return 'mailbox full'
    if (this.#limits !== NO_LIMITS && !leavesRoomForListener(this.#mailboxes, bytes)) return 'channel full'
    if (waiting > MODEST_BYTES && this.#waitingInChannel() + bytes > this.#limits.channelBytes * share)
      return 'channel full'
    return undefined
  }

  /**
   * Checks now and then whether the listener has caught up.
   *
   * @returns whether the mailbox is known to have room for `bytes` of any level again
   */
  isRelieved(bytes: number): boolean {
    const now = monotonicNow()
    if (now < this.#nextReliefCheck) return false
    this.#nextReliefCheck = now + RELIEF_CHECK_MS
    return this.check(bytes, false) === undefined
  }

  /**
   * To be called before the mailbox is made.
   *
   * @param bytes - of its first segment
   * @throws an error with the code `ENOSPC` when the next listener would have too little room
   */
  claimMailbox(bytes: number): void {
    if (this.#limits === NO_LIMITS || leavesRoomForListener(this.#mailboxes, bytes)) return
    const message = `ENOSPC: the file system of ${this.#mailboxes} has only the room left that the listener needs`
    throw Object.assign(new Error(message), { code: 'ENOSPC' })
  }

  #waitingInChannel(): number {
    const now = monotonicNow()
    if (now - this.#measuredAt > CHANNEL_CHECK_MS) {
      this.#measuredAt = now
      this.#channelBytes = mailboxesIn(this.#mailboxes).flatMap(sizesOfSegments).reduce(sum, 0)
    }
    return this.#channelBytes
  }
}

/**
 * Whether a file system has room for the next listener after so many bytes are taken, and for a mailbox. One that does
 * not say how much it has left is taken to have it.
 */
function leavesRoomForListener(directory: string, bytes: number): boolean {
  try {
    const { bsize, blocks, bavail, files, ffree } = statfsSync(directory)
    const reserve = Math.min(LISTENERS_BYTES, blocks * bsize * LISTENERS_SHARE)
    const hasBytes = blocks === 0 || bavail * bsize - bytes >= reserve
    return hasBytes && (files === 0 || ffree >= LISTENERS_INODES)
  } catch {
    return true
  }
}

function mailboxesIn(directory: string): string[] {
  try {
    return readdirSync(directory).map((id) => join(directory, id))
  } catch {
    return []
  }
}

/** Of the segments that are not free, oldest first; none when the mailbox is gone. */
function sizesOfSegments(mailbox: string): number[] {
  try {
    return listSegments(mailbox)
      .map(({ sequence, form }) => join(mailbox, segmentFileName(sequence, form)))
      .map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0)
  } catch {
    return []
  }
}

function sum(total: number, bytes: number): number {
  return total + bytes
}
