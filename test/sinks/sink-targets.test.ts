import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../kit/until.ts'
import { feedSink } from './fed-sink.ts'

describe('a target that people have', () => {
  test('should get all lines when it is pino/file', async () => {
    const sink = feedSink({ target: 'pino/file', options: (destination) => ({ destination }) })
    const lines = sink.offer(10_000)

    await sink.close()

    expect(sink.collected === lines).toBe(true)
    expect(sink.status).toMatchObject({ delivered: 10_000, restarts: 0, lastError: null })
  })

  test('should make records readable when it is pino-pretty', async () => {
    const options = (destination: string): Record<string, unknown> => ({ destination, colorize: false })
    const sink = feedSink({ target: 'pino-pretty', options, level: 'warn' })
    sink.offer(1, 'too low')
    sink.offer(3, 'pretty', 40)

    await sink.close()

    expect(sink.collected).toBe('WARN: pretty 2\nWARN: pretty 3\nWARN: pretty 4\n')
  })

  test('should send all lines when it is pino-socket', async () => {
    const server = await listen()
    const sink = feedSink({
      target: 'pino-socket',
      options: () => ({ address: '127.0.0.1', port: server.port, mode: 'tcp' }),
    })
    const lines = sink.offer(10_000)

    await until(() => server.received().length >= lines.length, 'all lines to arrive', {
      evidence: () => sink.evidence(),
    })

    expect(server.received() === lines).toBe(true)
    await sink.close()
    expect(sink.status).toMatchObject({ delivered: 10_000, restarts: 0 })
  })
})

async function listen(): Promise<{ port: number; received: () => string }> {
  let text = ''
  const server = createServer((socket) => socket.on('data', (chunk: Buffer) => (text += chunk.toString())))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, received: () => text }
}
