import {
  listenerSeemsAlive,
  pidNamespace,
  readListenerRecord,
  type Channel,
  type FunnelError,
  type ListenerRecord,
} from '@pino-funnel/channel'
import { channelUnreadable } from './listener-warnings.ts'

/** What the channel says of its listener. */
export class KnownListener {
  readonly #channel: Channel
  readonly #warn: (error: FunnelError) => void
  #isUnreadable = false

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

  /** @param record - found just now. One of another PID namespace leaves it `unproven` whether the listener lives */
  stateOf(record: ListenerRecord | undefined): 'there' | 'missing' | 'unproven' {
    if (this.#isUnreadable) return 'there'
    if (record === undefined || !listenerSeemsAlive(record)) return 'missing'
    return record.pidNamespace === pidNamespace() ? 'there' : 'unproven'
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
