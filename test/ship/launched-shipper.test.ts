/** Shippers that the listener launches, as the option `ship` says. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { logged, nextListener } from '../kit/logs/progress.ts'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startFixture, type Fixture } from '../kit/processes/fixture.ts'
import { kill } from '../kit/started-processes.ts'
import { until } from '../kit/until.ts'
import { ShippedLog } from './kit/shipped-log.ts'

const PASSWORD = 'geheimes-wort'

function worker({ file, ledgers }: LogDirectory, options: object, env: Record<string, string> = {}): Fixture {
  const settings = { file, ledgers, worker: 'a', count: 50, linger: 0, ...options }
  return startFixture('worker/log', [JSON.stringify(settings)], { env })
}

function shipTo(server: TestServer, more: object = {}): object[] {
  return [{ to: 'redis', batch: { wait: 5 }, options: { port: server.port, timeout: 2000, ...more } }]
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function textOf(directory: string): string {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('\n')
}

describe.skipIf(!isInstalled('redis-server'))('a shipper that the listener launches', () => {
  test('should have shipped all of the log when the listener leaves, and end with it', async () => {
    const directory = logDirectory()
    const server = await TestServer.redis('--requirepass', PASSWORD)
    const password = join(directory.root, 'password')
    writeFileSync(password, PASSWORD)
    const log = new ShippedLog(directory, 'redis', server, {}, { password: { file: password } })
    const ship = shipTo(server, { password: { env: 'REDIS_PASSWORD' } })

    await worker(directory, { ship }, { REDIS_PASSWORD: PASSWORD }).succeeded()
    await directory.drained()
    await directory.listenerGone(60_000)

    expect((await log.held()).equals(await log.logged())).toBe(true)
    expect(await directory.check()).toMatchObject({ logged: 50, ok: true, examples: [] })
    expect(textOf(directory.logs)).not.toContain(PASSWORD)
  })

  test('should be followed by one of the next listener, and ship each byte once, when listeners are killed', async () => {
    const directory = logDirectory()
    const server = await TestServer.redis()
    const log = new ShippedLog(directory, 'redis', server)
    const { file, ledgers } = directory
    const settings = { file, ledgers, worker: 'a', linger: 0, ship: shipTo(server) }
    const logging = startFixture('worker/keep-logging', [JSON.stringify(settings)])
    await directory.listenerPresent()
    for (const count of [500, 2000, 4000]) {
      await logged(directory, 'a', count)
      const { pid, epoch } = await directory.listenerPresent()
      kill(pid, 'SIGKILL')
      await nextListener(directory, epoch)
    }
    logging.write('end')
    await logging.succeeded()
    await directory.drained()
    await directory.listenerGone(60_000)

    expect((await log.held()).equals(await log.logged())).toBe(true)
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })

  test('should be reported in the log, by status and by doctor, while its engine is away', async () => {
    const directory = logDirectory()
    const server = await TestServer.redis()
    await server.kill()
    const log = new ShippedLog(directory, 'redis', server)
    const logging = worker(directory, { ship: shipTo(server), next: 'stay' })

    await until(() => readIfThere(directory.file).includes('"event":"ship-trouble"'), 'a record about the trouble')
    const status = pinoFunnel('status', directory.file)
    await status.succeeded()
    expect(status.stdout).toMatch(/ships +app\.log to redis: in trouble, .* behind/)
    const doctor = pinoFunnel('doctor', '--json', directory.file)
    await doctor.exited()
    expect(doctor.stdout).toContain('"ship-trouble"')
    const textFile = join(directory.root, 'funnel.prom')
    pinoFunnel('metrics', '--textfile', textFile, directory.file)
    const sample = 'pino_funnel_ship_trouble{file="app.log",ship="redis"} 1'
    await until(() => readIfThere(textFile).includes(sample), 'a metric about the trouble')

    await server.start()
    await until(() => readIfThere(directory.file).includes('"event":"ship-recovered"'), 'a record about its end')
    logging.write('end')
    await logging.succeeded()
    await directory.drained()
    await directory.listenerGone(60_000)
    expect((await log.held()).equals(await log.logged())).toBe(true)
  })
})
