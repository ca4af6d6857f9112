/** What the system does to a shipper that runs: the real command, a real log and a real server. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startFixture } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { removeInUse } from '../kit/remove-in-use.ts'
import { until } from '../kit/until.ts'
import { ShippedLog } from './kit/shipped-log.ts'
import { stopped } from './kit/stopped.ts'

async function writtenLog(directory: LogDirectory, worker: string): Promise<void> {
  const { file, ledgers } = directory
  await startFixture('worker/log', [JSON.stringify({ file, ledgers, worker, count: 50, linger: 0 })]).succeeded()
  await directory.drained()
  await directory.listenerGone()
}

async function statusOf({ file }: LogDirectory): Promise<string> {
  const command = pinoFunnel('ship', 'status', file)
  await command.succeeded()
  return command.stdout
}

describe.skipIf(!isInstalled('redis-server'))('a shipper that runs', () => {
  test('should go on, and report it once, when its hold can not be written', async () => {
    const directory = logDirectory()
    const log = new ShippedLog(directory, 'redis', await TestServer.redis())
    await writtenLog(directory, 'a')
    const shipper = log.ship()
    await log.shipped()
    // A full disk, as root meets it too.
    const holds = join(directory.channel, 'holds')
    renameSync(holds, `${holds}.away`)
    writeFileSync(holds, '')
    await writtenLog(directory, 'b')
    await log.shipped()
    await until(() => shipper.stderr.includes("can't write how far it is"), 'the shipper to report its trouble')
    rmSync(holds)
    renameSync(`${holds}.away`, holds)
    await writtenLog(directory, 'c')
    await log.shipped()
    expect((await log.held()).equals(await log.logged())).toBe(true)
    expect(shipper.stderr.match(/can't write how far it is/g)).toHaveLength(1)
    await stopped(shipper)
  })

  test('should take up the new channel, and be seen there, when its channel was deleted', async () => {
    const directory = logDirectory()
    const log = new ShippedLog(directory, 'redis', await TestServer.redis())
    await writtenLog(directory, 'a')
    const shipper = log.ship()
    await log.shipped()
    removeInUse(directory.channel)
    await writtenLog(directory, 'b')
    await until(async () => (await statusOf(directory)).includes('pino-funnel ship adopt'), 'the shipper to ask')
    const adopt = pinoFunnel('ship', 'adopt', '--name', 'redis', directory.file)
    await adopt.succeeded()
    await log.shipped()
    expect((await log.held()).equals(await log.logged())).toBe(true)
    await stopped(shipper)
  })
})
