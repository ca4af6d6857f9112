/** Shippers that the listener launches, as the option `ship` says. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { loggedMore, nextListener } from '../kit/logs/progress.ts'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { pinoFunnel, pinoFunnelWith } from '../kit/processes/command.ts'
import { fixturePath, startFixture, type Fixture } from '../kit/processes/fixture.ts'
import { kill } from '../kit/started-processes.ts'
import { until } from '../kit/until.ts'
import { ANSWER_MS, RETRIED_MS } from './kit/answer-time.ts'
import { ShippedLog } from './kit/shipped-log.ts'
import { stopped } from './kit/stopped.ts'

const PASSWORD = 'geheimes-wort'

function worker({ file, ledgers }: LogDirectory, options: object, env: Record<string, string> = {}): Fixture {
  const settings = { file, ledgers, worker: 'a', count: 50, linger: 0, ...options }
  return startFixture('worker/log', [JSON.stringify(settings)], { env })
}

function shipTo(server: TestServer, more: object = {}): object[] {
  return [{ to: 'redis', batch: { wait: 5 }, options: { port: server.port, timeout: ANSWER_MS, ...more } }]
}

/** Logs until its stdin gets a word, slowly: shipping keeps up. */
function keepLogging({ file, ledgers }: LogDirectory, ship: object[], env: Record<string, string> = {}): Fixture {
  const settings = { file, ledgers, worker: 'a', pause: 1, linger: 0, ship }
  return startFixture('worker/keep-logging', [JSON.stringify(settings)], { env })
}

/** The processes of shippers that a program has launched, itself or by a listener. */
function shippersOf(program: Fixture): number[] {
  return program.pids.filter((pid) => /^pino-funnel shipper|\/ship\/dist\/main\.js/.test(commandLineOf(pid)))
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    // It has ended.
    return ''
  }
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

async function printedBy(...args: string[]): Promise<string> {
  const command = pinoFunnel(...args)
  await command.exited()
  return command.stdout
}

function textOf(directory: string): string {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('\n')
}

test.for([
  { to: 'nats', packages: '@nats-io/transport-node@3.3 @nats-io/jetstream@3.3' },
  { to: 'redis', packages: 'ioredis' },
  { to: 'kafka', packages: 'kafkajs' },
])('should put the command that installs its client library into the log: $to', async ({ to, packages }) => {
  const directory = logDirectory()
  const env = { NODE_OPTIONS: `--import ${pathToFileURL(fixturePath('preload/lacks-engine-clients.mjs')).href}` }
  const listener = pinoFunnelWith({ env }, 'listen', directory.logs)
  await listener.printed('Listening')

  await worker(directory, { ship: [{ to }] }).succeeded()

  await until(() => readIfThere(directory.file).includes('"event":"ship-trouble"'), 'a record about the trouble', {
    evidence: () => listener.stderr,
  })
  expect(readFileSync(directory.file, 'utf8')).toMatch(
    new RegExp(`"event":"ship-trouble".*needs a client library that is not installed\\. Run: npm install ${packages}`),
  )
  await stopped(listener)
})

describe.skipIf(!isInstalled('redis-server'))('a shipper that the listener launches', () => {
  test('should have shipped all of the log when the listener leaves, and end with it', async () => {
    const directory = logDirectory()
    const server = await TestServer.redis('--requirepass', PASSWORD)
    const password = join(directory.root, 'password')
    writeFileSync(password, PASSWORD)
    const log = new ShippedLog(directory, 'redis', server, {}, { password: { file: password } })
    const ship = shipTo(server, { password: { env: 'REDIS_PASSWORD' } })

    const logging = keepLogging(directory, ship, { REDIS_PASSWORD: PASSWORD })
    // A listener waits 30 s for its shippers when it leaves, and a busy machine may take that long to start one.
    await until(async () => (await log.held()).length > 0, 'the shipper to have shipped something')
    logging.write('end')
    await logging.succeeded()
    await directory.drained()
    await directory.listenerGone(60_000)

    expect((await log.held()).equals(await log.logged())).toBe(true)
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
    await until(() => shippersOf(logging).length === 0, 'the shipper to be gone')
    expect(textOf(directory.logs)).not.toContain(PASSWORD)
  })

  test.runIf(process.platform === 'linux')(
    'should end with its listener, be followed by one of the next, and ship each byte once, when listeners are killed',
    async () => {
      const directory = logDirectory()
      const server = await TestServer.redis()
      const log = new ShippedLog(directory, 'redis', server)
      const logging = keepLogging(directory, shipTo(server))
      await directory.listenerPresent()
      for (let round = 0; round < 3; round++) {
        await loggedMore(directory, 'a', 200)
        const { pid, epoch } = await directory.listenerPresent()
        const before = shippersOf(logging)
        kill(pid, 'SIGKILL')
        await nextListener(directory, epoch)
        await until(
          () => {
            const now = shippersOf(logging)
            return now.length === 1 && !now.some((shipper) => before.includes(shipper))
          },
          'one shipper to run, which is not of the killed listener',
          { deadline: 60_000, evidence: () => `${before.join()} before, ${shippersOf(logging).join()} now` },
        )
      }
      await until(async () => (await log.status())?.position !== undefined, 'the last shipper to ship')
      logging.write('end')
      await logging.succeeded()
      await directory.drained()
      await directory.listenerGone(60_000)

      expect((await log.held()).equals(await log.logged())).toBe(true)
      expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
    },
  )

  test.runIf(process.platform === 'linux')(
    'should end when all is shipped and no worker has the log, start with the next worker, and have the secret of a supervised listener',
    async () => {
      const directory = logDirectory()
      const server = await TestServer.redis('--requirepass', PASSWORD)
      const password = join(directory.root, 'password')
      writeFileSync(password, PASSWORD)
      const log = new ShippedLog(directory, 'redis', server, {}, { password: { file: password } })
      const isShipped = async (): Promise<boolean> => (await log.held()).equals(await log.logged())
      const listener = pinoFunnelWith({ env: { REDIS_PASSWORD: PASSWORD } }, 'listen', directory.logs)
      await listener.printed('Listening')
      const ship = shipTo(server, { password: { env: 'REDIS_PASSWORD' } })

      await worker(directory, { ship }).succeeded()
      await until(() => shippersOf(listener).length === 1, 'a shipper to run')
      await until(() => shippersOf(listener).length === 0, 'the shipper to end', { deadline: 120_000 })
      expect(await isShipped()).toBe(true)
      expect(listener.exit).toBeUndefined()

      await worker(directory, { ship, worker: 'b' }).succeeded()
      await directory.drained()
      await until(isShipped, 'the next shipper to have shipped all', { evidence: () => listener.stderr })
      expect(await directory.check()).toMatchObject({ logged: 100, ok: true, examples: [] })
      await stopped(listener)
    },
  )

  test('should be reported in the log, by status and by doctor, while its engine is away', async () => {
    const directory = logDirectory()
    const server = await TestServer.redis()
    await server.kill()
    const log = new ShippedLog(directory, 'redis', server)
    const logging = worker(directory, { ship: shipTo(server), next: 'stay' })

    await until(() => readIfThere(directory.file).includes('"event":"ship-trouble"'), 'a record about the trouble')
    // On a busy machine the shipper may not answer them in time.
    await expect
      .poll(() => printedBy('status', directory.file))
      .toMatch(/ships +app\.log to redis: in trouble, .* behind/)
    await expect.poll(() => printedBy('doctor', '--json', directory.file)).toContain('"ship-trouble"')
    const textFile = join(directory.root, 'funnel.prom')
    pinoFunnel('metrics', '--textfile', textFile, directory.file)
    const sample = 'pino_funnel_ship_trouble{file="app.log",ship="redis"} 1'
    await until(() => readIfThere(textFile).includes(sample), 'a metric about the trouble')

    await server.start()
    await until(() => readIfThere(directory.file).includes('"event":"ship-recovered"'), 'a record about its end', {
      deadline: RETRIED_MS,
    })
    logging.write('end')
    await logging.succeeded()
    await directory.drained()
    await directory.listenerGone(60_000)
    expect((await log.held()).equals(await log.logged())).toBe(true)
  })
})

describe('a shipper that is to finish while its engine is away', () => {
  test('should ship all and end when the engine comes while it has patience', async () => {
    const { directory, server, log, shipper } = await shipperInTrouble()

    shipper.write(`${JSON.stringify({ type: 'finish', patience: 600_000 })}\n`)
    await server.start()

    await shipper.succeeded()
    expect((await log.held()).equals(await log.logged())).toBe(true)
    expect(await directory.check()).toMatchObject({ logged: 50, ok: true })
  })

  test('should end when it has none left, and also when less is left than it had', async () => {
    const { log, shipper } = await shipperInTrouble()

    shipper.write(`${JSON.stringify({ type: 'finish', patience: 600_000 })}\n`)
    shipper.write(`${JSON.stringify({ type: 'finish', patience: 0 })}\n`)

    // An attempt that is on its way is ended with it.
    await shipper.exited()
    expect((await log.logged()).length, 'of what waits for the next one').toBeGreaterThan(0)
  })
})

/** It has reported that it can't ship the 50 records of the log. */
async function shipperInTrouble(): Promise<{
  directory: LogDirectory
  server: TestServer
  log: ShippedLog
  shipper: Fixture
}> {
  const directory = logDirectory()
  const server = await TestServer.redis()
  await server.kill()
  await worker(directory, {}).succeeded()
  await directory.drained()
  await directory.listenerGone()
  const { file, channel: channelDir } = directory
  const [settings] = shipTo(server)
  const shipper = startFixture('ship/orders-shipper', [JSON.stringify({ file, channelDir, settings })])
  await shipper.printed('"type":"trouble"')
  return { directory, server, log: new ShippedLog(directory, 'redis', server), shipper }
}
