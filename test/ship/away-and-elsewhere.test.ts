/** The engine is away for long, and the log's directory is moved or copied: real commands, real logs, real servers. */
import { extentOf } from '@pino-funnel/reader'
import { execFileSync } from 'node:child_process'
import { readdirSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { loggedMore } from '../kit/logs/progress.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { isInstalled } from '../kit/machine/servers.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { sampled } from '../kit/sample.ts'
import { until } from '../kit/until.ts'
import { ENGINES } from './kit/engines.ts'
import { ShippedLog } from './kit/shipped-log.ts'
import { stopped } from './kit/stopped.ts'

/** How long the server stays away, beyond what the tests await. */
const AWAY_MS = sampled(0, 3 * 60_000)

type Files = Pick<LogDirectory, 'file' | 'ledgers'>

async function writtenLog({ file, ledgers }: Files, worker: string, count: number, more: object = {}): Promise<void> {
  const settings = { file, ledgers, worker, count, linger: 0, ...more }
  await startFixture('worker/log', [JSON.stringify(settings)]).succeeded()
}

async function settled(directory: LogDirectory): Promise<void> {
  await directory.drained()
  await directory.listenerGone()
}

describe.for(ENGINES)('a shipper to $engine', ({ engine, program, start }) => {
  beforeEach(({ skip }) => skip(!isInstalled(program), `${program} is not installed`))

  test('should ship all, and report the trouble and its end, when the server was away while the log was rotated', async () => {
    const directory = logDirectory()
    const server = await start()
    const log = new ShippedLog(directory, engine, server)
    const { file, ledgers } = directory
    const rotation = { size: '64k', compress: true, limit: { count: 3 } }
    // The shipper holds the log before it is rotated: what is deleted by then is not shipped.
    await writtenLog(directory, 'b', 10, rotation)
    await settled(directory)
    const shipper = log.ship()
    await log.shipped()
    const settings = { file, ledgers, worker: 'a', pause: 1, ...rotation }
    const worker = startFixture('worker/keep-logging', [JSON.stringify(settings)])
    await loggedMore(directory, 'a', 100)
    await server.kill()
    await until(async () => (await log.status())?.trouble !== undefined, 'the shipper to be in trouble')
    await loggedMore(directory, 'a', 2000)
    await pause(AWAY_MS)
    worker.write('end')
    await worker.succeeded()
    await settled(directory)
    await server.start()
    await log.shipped()

    const [held, logged] = [await log.held(), await log.logged()]
    expect(held.length).toBe(extentOf(file)?.end)
    // What was shipped is deleted.
    expect(held.subarray(held.length - logged.length).equals(logged)).toBe(true)
    expect(shipper.stderr).toContain("can't ship")
    expect(shipper.stderr).toContain('ships again')
    await expect.poll(() => log.status()).toMatchObject({ lost: 0 })
    await stopped(shipper)
  })

  test('should ship what is left, and say what is lost, when its budget was reached while the server was away', async () => {
    const directory = logDirectory()
    const server = await start()
    const log = new ShippedLog(directory, engine, server, { budget: '128k' })
    await writtenLog(directory, 'a', 50)
    await settled(directory)
    const shipper = log.ship()
    await log.shipped()
    const before = await log.held()
    await server.kill()
    await writtenLog(directory, 'b', 8000, { size: '64k', limit: { size: '256k' } })
    await settled(directory)
    expect((await log.logged()).toString()).toContain('"event":"hold-lost"')
    await server.start()
    await log.shipped()

    const held = await log.held()
    expect(held.equals(Buffer.concat([before, await log.logged()]))).toBe(true)
    const lost = (extentOf(directory.file)?.end ?? 0) - held.length
    expect(lost).toBeGreaterThan(0)
    await expect.poll(() => log.status()).toMatchObject({ lost })
    expect(shipper.stderr).toContain(`${lost} bytes of the log, positions ${before.length} to`)
    await stopped(shipper)
  })

  test('should say what is lost when its budget was reached before the server was ever there', async () => {
    const directory = logDirectory()
    const server = await start()
    await server.kill()
    const log = new ShippedLog(directory, engine, server, { budget: '128k' })
    await writtenLog(directory, 'a', 50)
    await settled(directory)
    const first = log.ship()
    await until(() => first.stderr.includes("can't ship"), 'the shipper to report its trouble')
    await stopped(first)
    const shipper = log.ship()
    await writtenLog(directory, 'b', 8000, { size: '64k', limit: { size: '256k' } })
    await settled(directory)
    expect((await log.logged()).toString()).toContain('"event":"hold-lost"')
    await server.start()
    await log.shipped()

    const held = await log.held()
    expect(held.equals(await log.logged())).toBe(true)
    const lost = (extentOf(directory.file)?.end ?? 0) - held.length
    expect(lost).toBeGreaterThan(0)
    await expect.poll(() => log.status()).toMatchObject({ lost })
    await stopped(shipper)
  })

  test('should ship what is there, and say of nothing that it is lost, when files were deleted before its first start', async () => {
    const directory = logDirectory()
    const server = await start()
    const log = new ShippedLog(directory, engine, server)
    await writtenLog(directory, 'a', 8000, { size: '64k', limit: { count: 3 } })
    await settled(directory)
    const shipper = log.ship()
    await log.shipped()

    const held = await log.held()
    expect(held.equals(await log.logged())).toBe(true)
    expect(held.length).toBeLessThan(extentOf(directory.file)?.end ?? 0)
    await expect.poll(() => log.status()).toMatchObject({ lost: 0 })
    expect(shipper.stderr).not.toContain('bytes of the log')
    await stopped(shipper)
  })

  test('should go on where it was when the log directory was moved', async () => {
    const directory = logDirectory()
    const server = await start()
    const log = new ShippedLog(directory, engine, server)
    await writtenLog(directory, 'a', 200)
    await settled(directory)
    const shipper = log.ship()
    await log.shipped()
    await stopped(shipper)

    const moved = join(directory.root, 'moved')
    renameSync(directory.logs, moved)
    const there = { root: directory.root, ledgers: directory.ledgers, file: join(moved, 'app.log') }
    await writtenLog(there, 'b', 100)
    const mailboxes = join(moved, basename(directory.channel), 'mailboxes')
    await until(() => readdirSync(mailboxes).length === 0, 'all mailboxes of the moved log to be drained')
    const second = new ShippedLog(there, engine, server)
    const again = second.ship()
    await second.shipped()
    expect((await second.held()).equals(await second.logged())).toBe(true)
    await stopped(again)
  })

  test('should store nothing of a copy of the log, and ask, while the log itself is shipped on', async () => {
    const [directory, copy] = [logDirectory(), logDirectory()]
    const server = await start()
    const log = new ShippedLog(directory, engine, server)
    await writtenLog(directory, 'a', 200)
    await settled(directory)
    const shipper = log.ship()
    await log.shipped()
    await stopped(shipper)
    // A machine that is cloned has the host's name, too.
    execFileSync('cp', ['-a', `${directory.logs}/.`, copy.logs])

    await writtenLog(copy, 'b', 100)
    await settled(copy)
    const copied = new ShippedLog(copy, engine, server).ship()
    await until(() => copied.stderr.includes('pino-funnel ship adopt'), 'the shipper of the copy to ask', {
      evidence: () => copied.stderr,
    })
    await writtenLog(directory, 'c', 100)
    await settled(directory)
    const second = log.ship()
    await log.shipped()
    expect((await log.held()).equals(await log.logged())).toBe(true)
    await stopped(copied)
    await stopped(second)
  })
})
