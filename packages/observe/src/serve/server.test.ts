import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { pictureServer, type Served } from './server.ts'

const TOKEN = 'token'

type Tail = (signal: AbortSignal) => AsyncIterable<readonly string[]>

/** Asks for a tail, and gives the client and its response. */
async function tailing(tail: Tail): Promise<{ client: Socket; response: ServerResponse }> {
  const served = { tail: (_: unknown, signal: AbortSignal) => tail(signal) } as Partial<Served> as Served
  const server = pictureServer(served, TOKEN).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const client = connect(port, '127.0.0.1')
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  const request = once(server, 'request')
  client.write(`GET /tail HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`)
  const [, response] = (await request) as [unknown, ServerResponse]
  return { client, response }
}

test('a client that is slow should leave no listener behind, however often it holds up the events', async () => {
  const { client, response } = await tailing(async function* () {
    for (let event = 0; event < 30; event += 1) yield ['x'.repeat(1_000_000)]
  })
  const before = response.listenerCount('close')
  let most = before
  let end = ''
  client.setEncoding('latin1').on('data', (text: string) => {
    most = Math.max(most, response.listenerCount('close'))
    end = (end + text).slice(-5)
  })
  await expect.poll(() => end).toBe('0\r\n\r\n')
  // One at most, of a wait that is not over.
  expect(most).toBeLessThanOrEqual(before + 1)
})

test('events should end when the client is gone, also while one is awaited', async () => {
  let hasBegun = false
  let hasEnded = false
  const { client } = await tailing(async function* (signal) {
    try {
      hasBegun = true
      await once(signal, 'abort')
      yield ['x'.repeat(1_000_000)]
      yield ['too late']
    } finally {
      hasEnded = true
    }
  })
  await expect.poll(() => hasBegun).toBe(true)
  client.destroy()
  await expect.poll(() => hasEnded).toBe(true)
})
