/**
 * How much may wait in mailboxes that the listener has not collected yet: a bound for each mailbox, and one for all
 * mailboxes of the channel, so that a listener that is stopped or a log disk that is full can't fill the disk.
 *
 * Above a bound there is a reserve that only urgent records may use: warn, error and fatal still get through when
 * debug and info no longer do.
 */
import { readdirSync, statSync } from '../captured/fs.ts'
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

export const NO_LIMITS: MailboxLimits = { mailboxBytes: Infinity, channelBytes: Infinity }

/** The reserve for urgent records, as a share of each bound, in addition to it. */
const RESERVE_SHARE = 0.25
/** Ms between two measurements of all mailboxes. They take time, so a worker measures only while it is behind. */
const CHANNEL_CHECK_MS = 1000
/** Below this, a mailbox is not what fills the channel. */
const MODEST_BYTES = 4 * 1024 * 1024

export class Quota {
  readonly #mailbox: string
  readonly #mailboxes: string
  readonly #limits: MailboxLimits
  #channelBytes = 0
  #measuredAt = -Infinity

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
    if (waiting > MODEST_BYTES && this.#waitingInChannel() + bytes > this.#limits.channelBytes * share)
      return 'channel full'
    return undefined
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
