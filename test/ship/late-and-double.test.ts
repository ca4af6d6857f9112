/** Messages of a killed shipper that come late, and two shippers at once: real commands, a real log, real servers. */
import { expect, test } from 'vitest'
import { loggedMore } from '../kit/logs/progress.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { isInstalled } from '../kit/machine/servers.ts'
import { startFixture, type Fixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { until } from '../kit/until.ts'
import { ENGINES } from './kit/engines.ts'
import { HoldingProxy } from './kit/holding-proxy.ts'
import { ShippedLog } from './kit/shipped-log.ts'
import { stopped } from './kit/stopped.ts'

function keepLogging({ file, ledgers }: LogDirectory): Fixture {
  return startFixture('worker/keep-logging', [JSON.stringify({ file, ledgers, worker: 'a', pause: 1 })])
}

async function ended(worker: Fixture, directory: LogDirectory): Promise<void> {
  worker.write('end')
  await worker.succeeded()
  await directory.drained()
  await directory.listenerGone()
}

test.for(ENGINES)(
  'should hold the log byte for byte in $engine when a batch of a killed shipper arrives after the next one has gone on',
  async ({ engine, program, start }, { skip }) => {
    skip(!isInstalled(program), `${program} is not installed`)
    const directory = logDirectory()
    const server = await start()
    const proxy = await HoldingProxy.to(server.port)
    const access = engine === 'nats' ? { servers: `nats://127.0.0.1:${proxy.port}` } : { port: proxy.port }
    const log = new ShippedLog(directory, engine, server, {}, access)
    const worker = keepLogging(directory)
    await loggedMore(directory, 'a', 100)
    const first = log.ship()
    await until(async () => (await log.held()).length > 0, 'the first shipper to have shipped something')
    proxy.hold()
    await until(() => proxy.held.includes('"msg":"shipped"'), 'a batch to be on its way')
    first.kill()
    await first.exited()

    const second = log.ship()
    await loggedMore(directory, 'a', 200)
    await ended(worker, directory)
    await log.shipped()
    proxy.release()
    // JetStream: wrong last sequence; Redis: the script returns nothing.
    await until(() => /wrong last sequence|\$-1|^_/m.test(proxy.answer), 'the server to refuse the late batch', {
      evidence: () => proxy.answer,
    })

    expect((await log.held()).equals(await log.logged())).toBe(true)
    await stopped(second)
  },
)

test.for(ENGINES)(
  'should hold the log byte for byte in $engine when two shippers of other names ship it to one place at once',
  async ({ engine, program, start }, { skip }) => {
    skip(!isInstalled(program), `${program} is not installed`)
    const directory = logDirectory()
    const server = await start()
    const logs = ['one', 'two'].map((name) => new ShippedLog(directory, engine, server, { name }))
    const worker = keepLogging(directory)
    await loggedMore(directory, 'a', 100)
    const shippers = logs.map((log) => log.ship())
    await loggedMore(directory, 'a', 500)
    await ended(worker, directory)

    const [log] = logs
    const whole = (await log?.logged()) ?? Buffer.alloc(0)
    await until(async () => (await log?.held())?.length === whole.length, 'all of the log to be in the engine', {
      evidence: () => shippers.map(({ stderr }) => stderr).join('\n'),
    })
    expect((await log?.held())?.equals(whole)).toBe(true)
    for (const shipper of shippers) {
      // The other one may have shipped all of the log before this one has begun.
      await shipper.printed('Shipping')
      await stopped(shipper)
    }
  },
)
