/** RELP, with a server that stands in for rsyslog. */
import { engineFor, parseShipSettings } from '@pino-funnel/ship/internal'
import { expect, test } from 'vitest'
import { ANSWER_MS } from './kit/answer-time.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { RelpServer } from './kit/relp-server.ts'
import { MemoryProgress, testShipper, typesOf, type TestShipper } from './kit/test-shipper.ts'

interface Scene {
  readonly server: RelpServer
  readonly log: MemoryLog
  ship(this: void): Promise<TestShipper>
}

async function scene(names: object = {}): Promise<Scene> {
  const server = await new RelpServer().listen()
  const log = new MemoryLog()
  const progress = new MemoryProgress()
  const [settings] = parseShipSettings({ to: 'relp', names, options: { port: server.port, timeout: ANSWER_MS } })
  if (!settings) throw new Error('Expected an entry')
  const { open } = engineFor(settings)
  const ship = async (): Promise<TestShipper> => {
    const trial = testShipper(log, open, progress)
    await trial.run()
    return trial
  }
  return { server, log, ship }
}

function textsOf(log: MemoryLog): string[] {
  return log.bytes.toString().split('\n').slice(0, -1)
}

test('should give a syslog server each record once, in order, with its id', async () => {
  const { server, log, ship } = await scene()
  log.write(500)
  await ship()
  log.write(10)

  await ship()

  expect(server.mistakes).toEqual([])
  expect(server.messages.map(({ text }) => text)).toEqual(textsOf(log))
  expect(new Set(server.messages.map(({ id }) => id)).size).toBe(510)
})

test('should give it each record, and those of one batch again with equal ids, when it hangs up or fails', async () => {
  const { server, log, ship } = await scene()
  log.write(40)
  server.meets('hangs up', 'answers 500', 'stores and hangs up')

  const { events } = await ship()

  expect(server.mistakes).toEqual([])
  expect([...new Set(server.messages.map(({ text }) => text))].toSorted()).toEqual(textsOf(log).toSorted())
  expect(new Set(server.messages.map(({ id }) => id)).size).toBe(40)
  expect(typesOf(events).at(-1)).toBe('recovered')
})

test('should have time, severity, host, application and process in the head of a message', async () => {
  const { server, log, ship } = await scene({ service: 'my shop' })
  log.append('{"level":50,"time":1795250474075,"pid":7,"msg":"ä"}', 'not JSON')

  await ship()

  expect(server.messages.map(({ head }) => head)).toEqual([
    '<131>1 2026-11-21T08:41:14.075Z web-1 my_shop 7 - ',
    '<133>1 - web-1 my_shop - - ',
  ])
})
