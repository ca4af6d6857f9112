import {
  connectNats,
  fieldsOf,
  fromMessage,
  loadJetStream,
  openJetStream,
  parseJetStreamOptions,
  type JetStreamOptions,
} from '@pino-funnel/ship/internal'
import { onTestFinished } from 'vitest'
import { TestServer } from '../../kit/machine/servers.ts'
import { ANSWER_MS } from './answer-time.ts'

export interface Stream {
  readonly server: TestServer
  readonly options: JetStreamOptions
  readonly open: ReturnType<typeof openJetStream>
  /** All that the subject holds. */
  content(this: void): Promise<Buffer>
}

export async function testStream(
  more: object = {},
  names: Record<string, string> = {},
  ...args: string[]
): Promise<Stream> {
  const server = await TestServer.nats(...args)
  const given = { servers: `nats://127.0.0.1:${server.port}`, create: true, timeout: ANSWER_MS, ...more }
  const options = parseJetStreamOptions(given, 'options')
  return {
    server,
    options,
    open: openJetStream(options, names),
    content: () => contentOf({ ...options, timeout: ANSWER_MS }),
  }
}

export async function managerOf(options: JetStreamOptions) {
  const clients = await loadJetStream()
  const connection = await connectNats(clients, options)
  onTestFinished(() => connection.close())
  return clients.jetstream.jetstreamManager(connection)
}

/** @param subject - all subjects when left out */
export async function contentOf(options: JetStreamOptions, subject?: string): Promise<Buffer> {
  const manager = await managerOf(options)
  const { state } = await manager.streams.info(options.stream)
  const pieces: Buffer[] = []
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage(options.stream, { seq })
    if (!message || (subject !== undefined && message.subject !== subject)) continue
    const { batch } = await fromMessage({ fields: fieldsOf(message.header), data: Buffer.from(message.data) })
    pieces.push(batch.bytes)
  }
  return Buffer.concat(pieces)
}
