import { ensureChannel, listenAlive, listenerSocketName, type Channel } from '@pino-funnel/channel'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { notify } from './listener-client.ts'

/** A listener as `serve` makes it. */
function channelWith(serve: (socket: Socket) => void): Channel {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-client-')))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  const sockets: Socket[] = []
  const server = listenAlive(channel.directory, listenerSocketName(1), (socket) => {
    sockets.push(socket.on('error', () => {}))
    serve(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
    channel.close()
    rmSync(logs, { recursive: true })
  })
  return channel
}

test('a request without a reply should be reported as read when the listener has ended the connection', async () => {
  const channel = channelWith((socket) => socket.resume().on('end', () => socket.end()))
  expect(await notify(channel, 1, { type: 'reopen' })).toBe(true)
})

test('a request to a listener that takes connections and reads nothing should be given up', async () => {
  const channel = channelWith((socket) => socket.pause())
  const stop = new AbortController()
  const notified = notify(channel, 1, { type: 'reopen' }, stop.signal)
  stop.abort()
  expect(await notified).toBe(false)
})

test('a request should be given up after five seconds', async () => {
  const channel = channelWith((socket) => socket.pause())
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const notified = notify(channel, 1, { type: 'reopen' })
  vi.advanceTimersByTime(5000)
  expect(await notified).toBe(false)
})
