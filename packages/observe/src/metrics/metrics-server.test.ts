import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import type { Exporter } from './exporter.ts'
import { metricsServer } from './metrics-server.ts'

test.each([
  ['/metrics', 200],
  ['/metrics?name=value', 200],
  ['//', 404],
  ['http://', 404],
  ['/', 404],
])('a request for %s should get an answer: %d', async (path, status) => {
  const exporter = { metrics: () => Promise.resolve('metric 1\n') } as unknown as Exporter
  const server = metricsServer(exporter).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const client = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1')
  client.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  expect((await text(client)).split(' ')[1]).toBe(String(status))
})
