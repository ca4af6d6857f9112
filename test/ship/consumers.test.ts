/** The examples that read what was shipped, killed and started again. */
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { connectNats, loadJetStream, openJetStream, parseJetStreamOptions } from '@pino-funnel/ship/internal'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { freePort } from '../kit/ports.ts'
import { start, type Fixture } from '../kit/processes/fixture.ts'
import { until } from '../kit/until.ts'
import { ANSWER_MS } from './kit/answer-time.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { testShipper } from './kit/test-shipper.ts'
import { stopped } from './kit/stopped.ts'

const HOSTS = ['web-1', 'web-2', 'web-3']
/** The server gives what a killed consumer has not acknowledged to the next one after 30 s. */
const GIVEN_AGAIN_MS = 90_000

function writtenLogs(): MemoryLog[] {
  return HOSTS.map((host, index) => {
    const log = new MemoryLog(`${index}`.repeat(32), host)
    log.write(300, ` of ${host}`)
    return log
  })
}

function example(name: string, args: readonly string[], env: Record<string, string> = {}): Fixture {
  return start(fileURLToPath(new URL(`../../examples/consumers/${name}.js`, import.meta.url)), [...args], { env })
}

describe.skipIf(!isInstalled('nats-server'))('the example into-one-file', () => {
  test('should have each record of three hosts once, in the order of its log, when it is killed and started again', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-consumer-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const file = join(directory, 'all.log')
    const server = await TestServer.nats()
    const options = { servers: `nats://127.0.0.1:${server.port}`, create: true, timeout: ANSWER_MS }
    const open = openJetStream(parseJetStreamOptions(options, ''), {})
    const logs = writtenLogs()
    for (const log of logs) await testShipper(log, open).run()
    const source = JSON.stringify({ to: 'nats', options: { ...options, durable: 'archive' } })

    const first = example('into-one-file', [file, source])
    await until(() => existsSync(file) && statSync(file).size > 0, 'the example to write records')
    first.kill()
    await first.exited()
    for (const log of logs) log.write(50, ` of ${log.log.host}`)
    for (const log of logs) await testShipper(log, open).run()
    const second = example('into-one-file', [file, source])
    const all = logs.reduce((sum, { bytes }) => sum + bytes.length, 0)
    await until(() => statSync(file).size >= all, 'the example to have written all records', {
      deadline: GIVEN_AGAIN_MS,
      evidence: () => second.stderr,
    })
    await stopped(second)

    const lines = readFileSync(file, 'utf8').split('\n')
    for (const { log, bytes } of logs)
      expect(
        lines
          .filter((line) => line.endsWith(` of ${log.host}"}`))
          .map((line) => `${line}\n`)
          .join(''),
      ).toBe(bytes.toString())
    expect(statSync(file).size).toBe(all)
  })
})

describe.skipIf(!isInstalled('nats-server'))('the example into-postgres', () => {
  test('should have each record of three hosts once in its table when it is killed and started again', async () => {
    const server = await TestServer.nats()
    const given = { servers: `nats://127.0.0.1:${server.port}`, create: true, timeout: ANSWER_MS }
    const options = parseJetStreamOptions(given, '')
    const open = openJetStream(options, {})
    const logs = writtenLogs()
    for (const log of logs) await testShipper(log, open).run()
    const clients = await loadJetStream()
    const connection = await connectNats(clients, options)
    const manager = await clients.jetstream.jetstreamManager(connection)
    // Only one client at a time gets to the database. The server knows what was handled.
    const handled = async (): Promise<number> =>
      (await manager.consumers.info(options.stream, 'table')).ack_floor.stream_seq
    const stored = async (): Promise<number> => (await manager.streams.info(options.stream)).state.last_seq
    const database = await PGlite.create()
    const runExclusive = database.runExclusive.bind(database)
    database.runExclusive = (use) => {
      const done = runExclusive(use)
      // Its server rejects it when a client is killed, and nothing awaits it there.
      done.catch(() => {})
      return done
    }
    const port = await freePort()
    const postgres = new PGLiteSocketServer({ db: database, port, host: '127.0.0.1' })
    await postgres.start()
    onTestFinished(async () => {
      await connection.close()
      await postgres.stop()
      await database.close()
    })
    const source = JSON.stringify({ to: 'nats', options: { ...given, durable: 'table' } })
    const env = { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGDATABASE: 'postgres' }

    const first = example('into-postgres', [source], env)
    await until(async () => (await handled()) > 0, 'the example to insert records', { evidence: () => first.stderr })
    first.kill()
    await first.exited()
    for (const log of logs) log.write(50)
    for (const log of logs) await testShipper(log, open).run()
    const second = example('into-postgres', [source], env)
    await until(async () => (await handled()) === (await stored()), 'the example to have inserted all records', {
      deadline: GIVEN_AGAIN_MS,
      evidence: () => second.stderr,
    })
    await stopped(second)

    const { rows } = await database.query<{ n: number; level: number }>(
      `SELECT count(*)::int AS n, min((line::jsonb->>'level')::int) AS level FROM records GROUP BY host`,
    )
    expect(rows).toEqual(HOSTS.map(() => ({ n: 350, level: 30 })))
  })
})
