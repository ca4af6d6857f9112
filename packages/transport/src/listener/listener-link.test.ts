import type * as channelPackage from '@pino-funnel/channel'
import type { Channel, LevelReport, MailboxWriter, Request } from '@pino-funnel/channel'
import type { Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { UnprovenListener } from '../launching/unproven-listener.ts'
import type { ConnectionEvents } from './connection.ts'
import { ListenerLink } from './listener-link.ts'

const nothing = (): void => {}
const none: LevelReport = { loggers: 0, level: null, until: null, error: null }
const sent: Request[] = []
const record = { epoch: 1 }

vi.mock('@pino-funnel/channel', async (original) => ({
  ...(await original<typeof channelPackage>()),
  readListenerRecord: () => ({ ...record }),
  listenerSeemsAlive: () => true,
}))
vi.mock('./connection.ts', () => ({
  connectToListener(_channel: Channel, _epoch: number, events: ConnectionEvents) {
    const write = (text: string): void => void sent.push(JSON.parse(text) as Request)
    const socket = { ref: nothing, unref: nothing, destroy: nothing, write } as unknown as Socket
    queueMicrotask(() => {
      events.connected(socket)
      events.reply({ type: 'welcome', version: 1, epoch: 1 })
    })
    return socket
  },
}))

function openLink(): ListenerLink {
  const channel = { isInPlace: () => true } as Channel
  const launcher = { launch: nothing, served: nothing, unproven: new UnprovenListener() }
  const mailbox = { directory: import.meta.dirname, id: '0'.repeat(32) } as unknown as MailboxWriter
  const link = new ListenerLink(channel, mailbox, launcher, {
    warn: nothing,
    mailboxGone: nothing,
    obeyLevels: () => none,
  })
  onTestFinished(() => link.close())
  sent.splice(0)
  return link
}

test('a worker without loggers that follow should say so when it is connected: it may have missed the order', async () => {
  openLink()

  await expect.poll(() => sent).toContainEqual({ type: 'follows', question: 0, ...none })
})

test('a pending flush should be asked of the next listener, also when fake timers keep the end of a connection from coming', async () => {
  const link = openLink()
  await expect.poll(() => sent.map(({ type }) => type)).toContain('hello')
  onTestFinished(() => void (record.epoch = 1))

  record.epoch = 2
  sent.splice(0)
  link.flush({ sequence: 1, offset: 10 }, nothing)

  await expect.poll(() => sent.map(({ type }) => type)).toEqual(['flush', 'hello', 'flush', 'follows'])
})
