import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { LogOrigin } from '../engine/engine.ts'
import { engineFor } from '../engines/open-engine.ts'
import { decisionCommand, leaveDecision } from '../state/decision.ts'
import { FakeEngine } from '../shipping/fakes.test-kit.ts'
import { openAtHome } from './open-at-home.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pino-funnel-home-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
})

const NATS = { servers: ['nats://nats-1:4222', 'nats://nats-2:4222'] }

/** Opens it as a shipper on a host does. @returns where */
async function opened(host: string, options: object = NATS, to = 'nats', isAway = false): Promise<string> {
  const { placeOf } = engineFor({ to, options, names: {}, path: 'ship[0]' })
  let where = ''
  const open = openAtHome(
    {
      placeOf,
      open: async (log: LogOrigin) => {
        where = `${placeOf(log).name} from ${log.host}`
        if (isAway) throw new Error('There is no such stream')
        return new FakeEngine()
      },
    },
    directory,
    decisionCommand('nats', '/logs/app.log'),
  )
  const failure: unknown = await open({ id: 'a'.repeat(32), name: 'app.log', host }).catch((error: unknown) => error)
  return where || String(failure)
}

test('should keep the host name of its first start when the container was made again', async () => {
  const first = await opened('web-1')
  expect(first).toBe('the subject logs.web-1.app_log of the stream LOGS from web-1')
  expect(await opened('8f3c0a5d2b4e')).toBe(first)
})

test.each([
  ['another subject', 'nats', { ...NATS, subject: 'shop.{host}.{log}' }],
  ['another stream', 'nats', { ...NATS, stream: 'SHOP' }],
  ['none of the servers', 'nats', { servers: ['nats://other:4222'] }],
  ['another engine', 'redis', {}],
])('should stop when the configuration names %s, until an operator lets it begin there', async (_, to, options) => {
  await opened('web-1')
  expect(await opened('web-1', options, to)).toMatch(
    /is shipped to the subject logs.web-1.app_log .* names the .*ship begin/,
  )
  leaveDecision(directory, { action: 'begin' })
  expect(await opened('web-2', options, to)).toMatch(/ from web-2$/)
})

test('should take another place when the first one could not be opened', async () => {
  await opened('web-1', { ...NATS, stream: 'LOSG' }, 'nats', true)
  expect(await opened('web-1')).toMatch(/of the stream LOGS from web-1$/)
})

test('should go on when a server came and another one went', async () => {
  await opened('web-1')
  const first = await opened('web-1', { servers: ['nats://nats-2:4222', 'nats://nats-3:4222'] })
  expect(first).toMatch(/^the subject logs.web-1.app_log/)
})
