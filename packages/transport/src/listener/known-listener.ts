import {
  listenerSeemsAlive,
  pidNamespace,
  readListenerRecord,
  type Channel,
  type FunnelError,
  type ListenerRecord,
} from '@pino-funnel/channel'
import { monotonicNow } from '@pino-funnel/channel/captured'
import { channelUnreadable } from './listener-warnings.ts'

/** A worker whose event loop turns is connected, or refused, long before. */
const DOUBT_MS = 250

/** What the channel says of its listener. */
export class KnownListener {
  readonly #channel: Channel
  readonly #warn: (error: FunnelError) => void
  #isUnreadable = false
  /** Of the last listener in another PID namespace: when it was first checked, and whether it has answered, or was given up. */
  #doubt = { epoch: 0, since: 0, isOver: false }

  constructor(channel: Channel, warn: (error: FunnelError) => void) {
    this.#channel = channel
    this.#warn = warn
  }

  /** Whether the record could not be read. No listener is launched then: there may be one. */
  get isUnreadable(): boolean {
    return this.#isUnreadable
  }

  /** `undefined` also when it can't be read, for want of descriptors, say. That is reported once, and proves nothing. */
  find(): ListenerRecord | undefined {
    if (!this.#channel.isInPlace()) return undefined
    try {
      const record = readListenerRecord(this.#channel)
      this.#isUnreadable = false
      return record
    } catch (error) {
      if (!this.#isUnreadable) this.#warn(channelUnreadable(this.#channel.root, error))
      this.#isUnreadable = true
      return undefined
    }
  }

  /**
   * Whether a listener has to be launched. Of one in another PID namespace the record proves nothing, and a worker whose
   * event loop does not turn can't connect to it. Such a one is taken for missing once, after a while, or when this worker
   * ends: the listener that is launched then leaves at once if the other lives.
   *
   * @param record - found just now
   */
  isMissing(record: ListenerRecord | undefined, isLastChance = false): boolean {
    if (this.#isUnreadable) return false
    if (record === undefined || !listenerSeemsAlive(record)) return true
    if (record.pidNamespace === pidNamespace()) return false
    return this.#isGivenUp(record.epoch, isLastChance)
  }

  /** A connection to the listener of this epoch was made. */
  answered(epoch: number): void {
    this.#doubt = { epoch, since: 0, isOver: true }
  }

  #isGivenUp(epoch: number, isLastChance: boolean): boolean {
    const now = monotonicNow()
    if (this.#doubt.epoch !== epoch) this.#doubt = { epoch, since: now, isOver: false }
    if (this.#doubt.isOver || (!isLastChance && now < this.#doubt.since + DOUBT_MS)) return false
    this.#doubt.isOver = true
    return true
  }

  /**
   * Whether the listener of an epoch is alive, and no other one has followed it. `true` also when the record can't be read,
   * which says nothing about a connection.
   */
  seemsAlive(epoch: number): boolean {
    try {
      const record = readListenerRecord(this.#channel)
      return record?.epoch === epoch && listenerSeemsAlive(record)
    } catch {
      return true
    }
  }
}
