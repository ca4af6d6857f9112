import { isRecord } from '@pino-funnel/channel'
import type { EachMessagePayload, IHeaders } from 'kafkajs'
import { headerOf } from '../engines/kafka/kafka.ts'
import { kafkaClient } from '../engines/kafka/kafka-connection.ts'
import { parseKafkaOptions, type KafkaOptions } from '../engines/kafka/kafka-options.ts'
import { fromMessage, readFields, type Fields } from '../engines/message.ts'
import { optionsOf } from '../settings/option-reader.ts'
import { readOrLeaveOut, type Handlers } from './handlers.ts'

export interface KafkaSource {
  readonly connection: KafkaOptions
  /** Name of the consumer group, which remembers what was handled. Consumers of one group share the partitions. */
  readonly group: string
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseKafkaSource(value: unknown): KafkaSource {
  const { group, ...connection } = isRecord(value) ? value : {}
  return {
    connection: parseKafkaOptions(connection, 'options'),
    group: optionsOf({ ...(group !== undefined && { group }) }, 'options').text('group', ''),
  }
}

/** Reads committed messages only, from the oldest one on, and commits each one when it is handled. */
export async function consumeKafka(
  { connection, group: groupId }: KafkaSource,
  handlers: Handlers,
  signal: AbortSignal,
): Promise<void> {
  const { kafka } = await kafkaClient(connection)
  // A consumer that has failed does not come back by itself: its caller decides.
  const retry = { retries: 0, restartOnFailure: async () => false }
  const consumer = kafka.consumer({ groupId, readUncommitted: false, retry })
  const over = new Over(signal)
  consumer.on('consumer.crash', ({ payload }) => over.fail(payload.error))
  const handle = async ({ topic, partition, message }: EachMessagePayload): Promise<void> => {
    // Nothing is handled, and so committed, after the end.
    if (over.isReached) return
    const place = { place: `${topic}/${partition}`, token: message.offset }
    const read = fromMessage({ fields: fieldsOf(message.headers), data: message.value ?? Buffer.alloc(0) })
    const received = await readOrLeaveOut(read, place, handlers)
    if (received) await handlers.take(received)
    await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(message.offset) + 1n) }])
  }
  let handled = Promise.resolve()
  try {
    await consumer.connect()
    await consumer.subscribe({ topic: connection.topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: (message) => {
        handled = handle(message)
        handled.catch((error: unknown) => over.fail(error))
        return handled
      },
    })
    await over.reached
    // What was handled is committed before the consumer leaves its group.
    await handled
  } finally {
    over.close()
    await consumer.disconnect()
  }
}

/** The end of a consumer that runs by itself: its caller has had enough, or it has failed. */
class Over {
  readonly reached: Promise<void>
  #isReached = false
  readonly #signal: AbortSignal
  #stop: () => void = () => {}
  #fail: (error: unknown) => void = () => {}

  constructor(signal: AbortSignal) {
    this.#signal = signal
    this.reached = new Promise((resolve, reject) => {
      this.#stop = () => {
        this.#isReached = true
        resolve()
      }
      this.#fail = reject
    })
    // It may fail before it is awaited.
    this.reached.catch(() => {})
    signal.addEventListener('abort', this.#stop)
    if (signal.aborted) this.#stop()
  }

  get isReached(): boolean {
    return this.#isReached
  }

  fail(error: unknown): void {
    this.#isReached = true
    this.#fail(error)
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#stop)
  }
}

function fieldsOf(headers: IHeaders = {}): Fields {
  return readFields((name) => {
    const value = headers[headerOf(name)]
    return value === undefined ? undefined : String(value)
  })
}
