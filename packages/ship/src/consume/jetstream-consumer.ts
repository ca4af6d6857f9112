import { isRecord } from '@pino-funnel/channel'
import { fromMessage } from '../engines/message.ts'
import { connectNats, fieldsOf, loadJetStream } from '../engines/nats/jetstream.ts'
import { parseJetStreamOptions, type JetStreamOptions } from '../engines/nats/jetstream-options.ts'
import { optionsOf } from '../settings/option-reader.ts'
import { readOrLeaveOut, type Handlers } from './handlers.ts'

export interface JetStreamSource {
  readonly connection: JetStreamOptions
  /** Name of the consumer in the server, which remembers what was acknowledged. Two programs must not share one. */
  readonly durable: string
  /** Which subjects: `logs.shop.>`. */
  readonly filter: string
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function parseJetStreamSource(value: unknown): JetStreamSource {
  const { durable, filter, ...connection } = isRecord(value) ? value : {}
  const own = optionsOf(
    { ...(durable !== undefined && { durable }), ...(filter !== undefined && { filter }) },
    'options',
  )
  return {
    connection: parseJetStreamOptions(connection, 'options'),
    durable: own.text('durable', ''),
    filter: own.text('filter', 'logs.>'),
  }
}

export async function consumeJetStream(
  { connection: options, durable, filter }: JetStreamSource,
  handlers: Handlers,
  signal: AbortSignal,
): Promise<void> {
  const clients = await loadJetStream()
  const connection = await connectNats(clients, options)
  try {
    const manager = await clients.jetstream.jetstreamManager(connection, { timeout: options.timeout })
    // One at a time: a batch that comes again must not come after a later one of its log.
    const wanted = {
      durable_name: durable,
      filter_subject: filter,
      ack_policy: 'explicit' as const,
      max_ack_pending: 1,
    }
    await manager.consumers.add(options.stream, wanted)
    const consumer = await clients.jetstream.jetstream(connection).consumers.get(options.stream, durable)
    const messages = await consumer.consume({ max_messages: 1 })
    const stop = (): void => messages.stop()
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    try {
      for await (const message of messages) {
        try {
          const received = await readOrLeaveOut(
            fromMessage({ fields: fieldsOf(message.headers), data: Buffer.from(message.data) }),
            { place: message.subject, token: String(message.seq) },
            handlers,
          )
          if (!received) {
            // Without a reason, which servers before 2.10.4 do not understand.
            message.term()
            continue
          }
          await handlers.take(received)
        } catch (error) {
          // The next consumer gets it at once, and not when the server gives this one up.
          message.nak()
          await connection.flush()
          throw error
        }
        await message.ackAck()
        if (signal.aborted) return
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
    if (!signal.aborted) throw new Error('The connection to the NATS server has ended')
  } finally {
    await connection.close()
  }
}
