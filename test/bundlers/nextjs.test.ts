import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { start, type Fixture } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { sampled } from '../kit/sample.ts'
import { until } from '../kit/until.ts'
import { install } from './installed.ts'
import { messagesIn } from './messages.ts'

const environment = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as const

/** The lock file has the compiler of Next.js for Linux alone; elsewhere it would be downloaded. */
const hasCompiler = process.platform === 'linux'

// A build takes a minute, and what a bundle may need is in bundlers.test.ts: `npm run test:bundlers` has it.
describe.runIf(sampled(false, hasCompiler))('an application of Next.js', () => {
  let project: string

  beforeAll(() => {
    project = temporaryDirectory()
    cpSync(join(import.meta.dirname, 'nextjs'), project, { recursive: true })
    install(['next', 'react', 'react-dom', 'pino', 'pino-funnel'], project)
  })

  afterAll(() => rmSync(project, { recursive: true }))

  test('should log when pino-funnel is bundled', async () => {
    await build({ LEFT_OUT: 'false' })
    expect(pinoFunnelIsBundled()).toBe(true)

    await expectToLog((file) => startNext(file))
  })

  test('should log when pino-funnel is left out of the bundle, also as a copied standalone', async () => {
    // One build for both, since builds take long: `next start` runs this one, too, and warns.
    await build({ LEFT_OUT: 'true', STANDALONE: 'true' })
    expect(pinoFunnelIsBundled()).toBe(false)
    const elsewhere = temporaryDirectory()
    onTestFinished(() => rmSync(elsewhere, { recursive: true }))
    cpSync(join(project, '.next', 'standalone'), elsewhere, { recursive: true, verbatimSymlinks: true })

    await expectToLog((file) => startNext(file))
    await expectToLog((file) => startStandalone(elsewhere, file))
  })

  /** With a log of its own: the module that logs is loaded, and so there is a listener. */
  async function build(env: NodeJS.ProcessEnv): Promise<void> {
    const { file } = logDirectory()
    await next(['build'], { ...env, LOG_FILE: file }).succeeded(4 * 60_000)
  }

  function pinoFunnelIsBundled(): boolean {
    const server = join(project, '.next', 'server')
    const programs = readdirSync(server, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js'))
    return programs.some((path) => readFileSync(join(server, path), 'utf8').includes('FUNNEL_LISTENER_MISSING'))
  }

  function startNext(file: string): Fixture {
    return next(['start', '--port', '0', '--hostname', '127.0.0.1'], { LOG_FILE: file })
  }

  function next(args: readonly string[], env: NodeJS.ProcessEnv): Fixture {
    const program = join(project, 'node_modules', 'next', 'dist', 'bin', 'next')
    return start(program, args, { cwd: project, env: { ...environment, ...env } })
  }
})

async function startStandalone(directory: string, file: string): Promise<Fixture> {
  const env = { ...environment, LOG_FILE: file, HOSTNAME: '127.0.0.1', PORT: String(await freePort()) }
  return start(join(directory, 'server.js'), [], { cwd: directory, env })
}

async function expectToLog(startServer: (file: string) => Fixture | Promise<Fixture>): Promise<void> {
  const { file } = logDirectory()
  const server = await startServer(file)
  await server.printed('Ready')
  const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(server.stdout) ?? []

  const response = await fetch(`${address}/log`, { signal: AbortSignal.timeout(60_000) })

  expect(response.status, server.stderr).toBe(200)
  expect(await response.json()).toEqual({ logged: true })
  await until(() => existsSync(file) && messagesIn(file).length > 0, `a record in ${file}`, {
    evidence: () => server.stderr,
  })
  expect(messagesIn(file)).toEqual(['hello from Next.js'])
  expect(server.stderr).not.toContain('FUNNEL_')
  server.kill('SIGTERM')
  await server.exited()
}

/** A port for a program that can't choose a free one itself: the `server.js` of Next.js takes 0 as 3000. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function temporaryDirectory(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-nextjs-')))
}
