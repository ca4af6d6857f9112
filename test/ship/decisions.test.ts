/** What an operator decides, with the real command, a real log and real servers. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { until } from '../kit/until.ts'
import { ENGINES } from './kit/engines.ts'
import { ShippedLog } from './kit/shipped-log.ts'
import { stopped } from './kit/stopped.ts'

async function writtenLog(directory: LogDirectory, worker: string, count: number): Promise<void> {
  const { file, ledgers } = directory
  await startFixture('worker/log', [JSON.stringify({ file, ledgers, worker, count, linger: 0 })]).succeeded()
  await directory.drained()
  await directory.listenerGone()
}

async function decide(...args: string[]): Promise<string> {
  const command = pinoFunnel('ship', ...args)
  await command.succeeded()
  return command.stdout
}

async function trouble(directory: LogDirectory): Promise<void> {
  await until(
    async () => (await decide('status', directory.file)).includes('pino-funnel ship adopt'),
    'the shipper to ask for a decision',
  )
}

test.for(ENGINES)(
  'should store nothing in $engine until it is adopted, and go on after the last record, when the channel was deleted',
  async ({ engine, program, start }, { skip }) => {
    skip(!isInstalled(program), `${program} is not installed`)
    const directory = logDirectory()
    const log = new ShippedLog(directory, engine, await start())
    await writtenLog(directory, 'a', 200)
    const first = log.ship()
    await log.shipped()
    await stopped(first)

    rmSync(directory.channel, { recursive: true })
    await writtenLog(directory, 'b', 100)
    const shipped = await log.held()
    const second = log.ship()
    await trouble(directory)
    expect((await log.held()).equals(shipped)).toBe(true)

    expect(await decide('adopt', '--name', engine, directory.file)).toMatch(/^Noted/)
    await log.shipped()
    expect((await log.held()).equals(await log.logged())).toBe(true)
    await stopped(second)
  },
)

describe.skipIf(!isInstalled('nats-server'))('decisions', () => {
  test('should store a new log after another one when it is to begin, and forget the shipper when it is dropped', async () => {
    const directory = logDirectory()
    const server = await TestServer.nats()
    const log = new ShippedLog(directory, 'nats', server)
    await writtenLog(directory, 'a', 50)
    const first = log.ship()
    await log.shipped()
    await stopped(first)
    const before = await log.held()

    rmSync(directory.logs, { recursive: true })
    const other = logDirectory()
    const otherLog = new ShippedLog(other, 'nats', server)
    await writtenLog(other, 'c', 50)
    const second = otherLog.ship()
    await trouble(other)
    expect(await decide('begin', '--name', 'nats', other.file)).toMatch(/^Noted/)
    await otherLog.shipped()
    expect((await otherLog.held()).equals(Buffer.concat([before, await otherLog.logged()]))).toBe(true)

    await stopped(second)
    expect(await decide('drop', '--name', 'nats', other.file)).toMatch(/^Forgot the shipper 'nats'/)
    expect(await decide('status', other.file)).toMatch(/^Nothing is shipped/)
  })

  test('should count what is given up as lost, and ship the rest, when it is to skip', async () => {
    const directory = logDirectory()
    const log = new ShippedLog(directory, 'nats', await TestServer.nats())
    await writtenLog(directory, 'a', 50)
    const first = log.ship()
    await log.shipped()
    await stopped(first)
    const held = await log.held()
    await writtenLog(directory, 'b', 50)
    const end = (await log.logged()).length
    const within = pinoFunnel('ship', 'skip', '--name', 'nats', '--to', String(end - 1), directory.file)
    expect(await within.exited()).toMatchObject({ code: 1 })
    expect(within.stderr).toMatch(/position/)
    await decide('skip', '--name', 'nats', '--to', String(end), directory.file)
    await writtenLog(directory, 'd', 50)
    const second = log.ship()
    await log.shipped()
    expect((await log.held()).equals(Buffer.concat([held, (await log.logged()).subarray(end)]))).toBe(true)
    const lost = `lost ${end - held.length} bytes`
    await expect.poll(() => decide('status', directory.file)).toContain(lost)
    await stopped(second)
    const doctor = pinoFunnel('doctor', directory.file)
    await doctor.succeeded()
    expect(doctor.stdout).toMatch(
      /^hint .* of app\.log were deleted or given up before the shipper nats had shipped them/m,
    )
    // Its checkpoint has that, too.
    expect(await decide('status', directory.file)).toMatch(new RegExp(`not running .*  refused 0  ${lost}$`, 'm'))
  })

  test('should send again what the files have, from a position on, when the stream was purged and it is to rewind', async () => {
    const directory = logDirectory()
    const server = await TestServer.nats()
    const log = new ShippedLog(directory, 'nats', server)
    await writtenLog(directory, 'a', 50)
    const first = log.ship()
    await log.shipped()
    await stopped(first)
    const from = (await log.held()).length
    await writtenLog(directory, 'b', 50)
    const second = log.ship()
    await log.shipped()
    await stopped(second)
    await log.purge()

    expect(await decide('rewind', '--name', 'nats', '--to', String(from), directory.file)).toMatch(/^Noted/)
    const third = log.ship()
    await until(async () => (await log.held()).length > 0, 'the shipper to send again')
    await log.shipped()
    expect((await log.held()).equals((await log.logged()).subarray(from))).toBe(true)
    await stopped(third)
  })

  test('should say which option is wrong, and never show a secret', async () => {
    const directory = logDirectory()
    await writtenLog(directory, 'a', 1)
    const config = join(directory.root, 'ship.json')
    writeFileSync(config, JSON.stringify({ to: 'nats', options: { token: 'hunter2' } }))
    const shipper = pinoFunnel('ship', '--config', config, directory.file)
    expect(await shipper.exited()).toMatchObject({ code: 1 })
    expect(shipper.stderr).toMatch(/'config\.options\.token' must name the place of a secret/)
    expect(shipper.stderr).not.toContain('hunter2')
  })
})
