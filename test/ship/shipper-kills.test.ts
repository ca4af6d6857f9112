/**
 * Kills at random while three workers log, and the log is rotated and compressed. Verdict: the engine holds the log,
 * byte for byte. `npm run test:ship` kills more.
 */
import { expect, test } from 'vitest'
import { isInstalled } from '../kit/machine/servers.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { loggedMore } from '../kit/logs/progress.ts'
import { plainParts } from '../kit/logs/parts.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { sampled } from '../kit/sample.ts'
import { ENGINES } from './kit/engines.ts'
import { ShippedLog } from './kit/shipped-log.ts'
import { stopped } from './kit/stopped.ts'

const SHIPPER_KILLS = sampled(6, 50)
/** Kills of the shipper after which the server, or the listener, is killed. */
const SERVER_EVERY = sampled(3, 10)
const LISTENER_EVERY = sampled(4, 10)

test.for(ENGINES)(
  'should hold the log byte for byte in $engine when shipper, server, listener and a worker are killed at random',
  async ({ engine, program, start }, { skip }) => {
    skip(!isInstalled(program), `${program} is not installed`)
    const directory = logDirectory()
    const server = await start()
    const workers = ['a', 'b', 'c'].map((worker) => {
      const { file, ledgers } = directory
      const settings = { file, ledgers, worker, pause: 1, size: '200k', compress: true }
      return startFixture('worker/keep-logging', [JSON.stringify(settings)])
    })
    await loggedMore(directory, 'a', 100)
    const log = new ShippedLog(directory, engine, server)
    let shipper = log.ship()
    for (let kill = 1; kill <= SHIPPER_KILLS; kill++) {
      await shipper.printed('Shipping')
      await loggedMore(directory, 'a', Math.ceil(Math.random() * 300))
      shipper.kill()
      if (kill % SERVER_EVERY === 0) await server.kill()
      if (kill % LISTENER_EVERY === 0) await directory.endListener()
      if (kill === 2) workers[2]?.kill()
      await shipper.exited()
      shipper = log.ship()
      if (kill % SERVER_EVERY === 0) {
        await loggedMore(directory, 'a', 100)
        await server.start()
      }
    }
    for (const worker of workers.slice(0, 2)) {
      worker.write('end')
      await worker.succeeded()
    }
    await directory.drained()
    await directory.listenerGone()
    await log.shipped()

    const [held, logged] = [await log.held(), await log.logged()]
    expect(held.length, directory.root).toBe(logged.length)
    expect(held.equals(logged), directory.root).toBe(true)
    expect(await directory.check(plainParts(directory))).toMatchObject({ ok: true, examples: [] })
    await stopped(shipper)
  },
)
