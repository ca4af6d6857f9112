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
  questions = 0
  #answered = 0
  readonly #status: ListenerStatus

  constructor(channel: Channel, epoch: number) {
    this.#status = { pid: epoch, epoch, files: [], mailboxes: [] } as unknown as ListenerStatus
    const server = listenAlive(channel.directory, listenerSocketName(epoch), (socket) => {
      this.connections.push(socket)
      socket.on('error', () => {})
      socket.setEncoding('utf8').on('data', (text) => {
        this.questions += String(text).split('"status"').length - 1
        this.#answer()
      })
    })
    writeListenerRecord(channel, epoch, false)
    onTestFinished(() => {
      this.end()
      server.close()
    })
  }

  goOn(): void {
    this.isSilent = false
    this.#answer()
  }

  #answer(): void {
    for (; !this.isSilent && this.#answered < this.questions; this.#answered += 1) {
      this.connections.at(-1)?.write(encodeMessage({ type: 'status', status: this.#status }))
    }
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

test('a line to a listener that does not answer should wait no longer than its caller, and ask it nothing more', async () => {
  const channel = newChannel()
  const line = newLine(channel)
  const listener = new Listener(channel, 1)
  await line.status()
  listener.isSilent = true
  for (let n = 0; n < 3; n += 1) {
    const stop = new AbortController()
    const asked = line.status(stop.signal)
    stop.abort()
    expect(await asked).toBe(undefined)
  }
  expect(line.isConnected).toBe(true)
  await expect.poll(() => listener.questions).toBe(2)

  listener.goOn()
  expect((await line.status())?.epoch).toBe(1)
  expect((await line.status())?.epoch).toBe(1)
  expect(listener.connections).toHaveLength(1)
})
