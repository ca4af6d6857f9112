import type { Reply } from '@pino-funnel/channel'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { describe, expect, test, onTestFinished } from 'vitest'
import { connection, openMailbox, temporaryChannel, until } from '../testing/channel.test-kit.ts'
import { WriterLiveness } from './writer-liveness.ts'

interface Scene {
  readonly liveness: WriterLiveness
  /** The events so far. */
  readonly events: string[]
  /** Bytes that were collected. */
  collected: number
}

/** @param mayObserve - whether there is a descriptor for a lifeline */
function suspect(mayObserve = true): Scene {
  const { entry } = openMailbox(temporaryChannel())
  const events: string[] = []
  const liveness = new WriterLiveness(
    entry.reader,
    {
      alive: () => void events.push('alive'),
      answered: () => void events.push('answered'),
      isInOtherView: () => void events.push('in other view'),
      ended: () => void events.push('ended'),
      mayObserve: () => mayObserve,
    },
    () => scene.collected,
  )
  onTestFinished(() => liveness.close())
  const scene: Scene = { liveness, events, collected: 0 }
  return scene
}

/** Both ends of a connection. */
async function openLifeline(): Promise<{ ours: Socket; theirs: Socket }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const ours = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [theirs] = (await once(server, 'connection')) as [Socket]
  await once(ours, 'connect')
  for (const socket of [ours, theirs]) socket.on('error', () => {})
  onTestFinished(() => {
    for (const socket of [ours, theirs]) socket.destroy()
    server.close()
  })
  return { ours, theirs }
}

describe('the liveness of a writer', () => {
  test('should be suspected at first', () => {
    const { liveness } = suspect()
    expect([liveness.state, liveness.wasSeenAlive, liveness.hasEvidence]).toEqual(['suspected', false, false])
  })

  test('should be alive, and asked again, when there is no descriptor to observe it by', async () => {
    const { liveness, events } = suspect(false)
    const { ours } = await openLifeline()
    liveness.probed({ life: 'alive', socket: ours })
    expect([liveness.state, liveness.wasSeenAlive, liveness.hasSocket, ours.destroyed]).toEqual([
      'suspected',
      true,
      false,
      true,
    ])
    liveness.probed({ life: 'dead' })
    expect(liveness.state).toBe('ended')
    expect(events).toEqual(['alive', 'ended'])
  })

  test('should be connected after its hello, which shows that it lives', () => {
    const { liveness, events } = suspect()
    liveness.connected(connection)
    expect([liveness.state, liveness.wasSeenAlive, liveness.hasEvidence]).toEqual(['connected', true, true])
    expect(events).toEqual(['alive', 'answered'])
  })

  test('should be suspected again when its connection has ended, and known again when it has come back', () => {
    const { liveness, events } = suspect()
    liveness.connected(connection)
    liveness.disconnected(connection)
    expect([liveness.state, liveness.hasEvidence]).toEqual(['suspected', false])
    liveness.connected(connection)
    expect([liveness.state, liveness.hasEvidence], 'no probe is needed').toEqual(['connected', true])
    expect(events).toEqual(['alive', 'answered', 'answered'])
  })

  test('should stay connected when an older connection ends after the new one has come', () => {
    const { liveness } = suspect()
    const sent: string[] = []
    liveness.connected(connection)
    liveness.connected({ send: ({ type }) => sent.push(type) })
    liveness.disconnected(connection)
    liveness.ping()
    expect([liveness.state, ...sent]).toEqual(['connected', 'ping'])
  })

  test('should be observed by a lifeline when the kernel has said that it lives', async () => {
    const { liveness, events } = suspect()
    const { ours, theirs } = await openLifeline()
    liveness.probed({ life: 'alive', socket: ours })
    expect([liveness.state, ...events]).toEqual(['observed', 'alive'])
    theirs.write('?')
    await until(() => events.includes('answered'), 'the answer to be reported')
  })

  test('should stay suspected when the kernel has decided nothing', () => {
    const { liveness, events } = suspect()
    liveness.probed({ life: 'unknown', cause: new Error('EMFILE') })
    expect([liveness.state, liveness.hasEvidence, ...events]).toEqual(['suspected', true])
  })

  test('should end once, for good, with what was collected after the first sign of it', () => {
    const scene = suspect()
    const { liveness, events } = scene
    liveness.connected(connection)
    scene.collected = 10
    liveness.disconnected(connection)
    scene.collected = 15
    liveness.probed({ life: 'dead' })
    liveness.probed({ life: 'dead' })
    liveness.connected(connection)
    liveness.disconnected(connection)
    expect([liveness.state, liveness.bytesSinceEnd]).toEqual(['ended', 5])
    expect(events.filter((event) => event === 'ended')).toHaveLength(1)
  })

  test('should not be changed by an answer of the kernel that comes after its hello', async () => {
    const { liveness } = suspect()
    const { ours } = await openLifeline()
    liveness.connected(connection)
    liveness.probed({ life: 'alive', socket: ours })
    expect([liveness.state, ours.destroyed]).toEqual(['connected', true])
  })

  test('should be asked by its connection, or else by its lifeline', async () => {
    const { liveness } = suspect()
    expect(liveness.ping()).toBe(false)
    const sent: Reply[] = []
    liveness.connected({ send: (reply) => void sent.push(reply) })
    expect(liveness.ping()).toBe(true)
    expect(sent).toEqual([{ type: 'ping' }])
  })
})
