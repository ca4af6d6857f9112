import {
  encodeMessage,
  ensureChannel,
  listenAlive,
  listenerSocketName,
  writeListenerRecord,
  type Channel,
  type ListenerStatus,
} from '@pino-funnel/channel'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ListenerLine } from './listener-line.ts'

/** Answers `status` with its epoch, as long as it is not silent. */
class Listener {
  readonly connections: Socket[] = []
  isSilent = false

  constructor(channel: Channel, epoch: number) {
    const status = { pid: epoch, epoch, files: [], mailboxes: [] } as unknown as ListenerStatus
    const server = listenAlive(channel.directory, listenerSocketName(epoch), (socket) => {
      this.connections.push(socket)
      socket.on('error', () => {})
      socket.setEncoding('utf8').on('data', (text) => {
        if (String(text).includes('"status"') && !this.isSilent) socket.write(encodeMessage({ type: 'status', status }))
      })
    })
    writeListenerRecord(channel, epoch, false)
    onTestFinished(() => {
      this.end()
      server.close()
    })
  }

  end(): void {
    for (const socket of this.connections) socket.destroy()
  }
}

function newChannel(): Channel {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-line-')))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => {
    channel.close()
    rmSync(logs, { recursive: true })
  })
  return channel
}

function newLine(channel: Channel): ListenerLine {
  const line = new ListenerLine(channel)
  onTestFinished(() => line.close())
  return line
}

test('a line should ask again and again over one connection, and over another one with the next listener', async () => {
  const channel = newChannel()
  const line = newLine(channel)
  expect(await line.status()).toBe(undefined)

  const first = new Listener(channel, 1)
  expect((await line.status())?.epoch).toBe(1)
  expect((await line.status())?.epoch).toBe(1)
  expect(first.connections).toHaveLength(1)

  const next = new Listener(channel, 2)
  first.end()
  expect((await line.status())?.epoch).toBe(2)
  expect(next.connections).toHaveLength(1)
})

test('a line to a listener that does not answer should be closed when its caller does not wait any longer', async () => {
  const channel = newChannel()
  const line = newLine(channel)
  const listener = new Listener(channel, 1)
  await line.status()
  listener.isSilent = true
  const stop = new AbortController()
  const asked = line.status(stop.signal)
  stop.abort()
  expect(await asked).toBe(undefined)

  listener.isSilent = false
  expect((await line.status())?.epoch).toBe(1)
  expect(listener.connections).toHaveLength(2)
})
