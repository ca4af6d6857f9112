/** Servers that are wrong, deaf or talkative: each trouble says what to do, and never a secret. */
import { engineFor, parseShipSettings } from '@pino-funnel/ship/internal'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createWebServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureWebServer } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isInstalled, TestServer } from '../kit/machine/servers.ts'
import { freePort } from '../kit/ports.ts'
import { ANSWER_MS } from './kit/answer-time.ts'
import { MemoryLog } from './kit/memory-log.ts'
import { testShipper } from './kit/test-shipper.ts'

const SECRET = 'hunter2-is-secret'
/** Within it no server answers that never does. */
const SHORT_MS = 300
const HTTP = ['otlp', 'loki', 'elastic'] as const
const ENGINES = ['nats', 'redis', 'kafka', 'relp', ...HTTP] as const
type EngineName = (typeof ENGINES)[number]

function access(engine: EngineName, host: string, port: number): object {
  switch (engine) {
    case 'nats':
      return { servers: `nats://${host}:${port}` }
    case 'kafka':
      return { brokers: `${host}:${port}` }
    case 'redis':
    case 'relp':
      return { host, port }
    default:
      return { url: `http://${host}:${port}` }
  }
}

/** What a shipper reports first. */
async function troubleWith(to: EngineName, options: object): Promise<string> {
  const [settings] = parseShipSettings({ to, options: { timeout: ANSWER_MS, ...options } })
  if (!settings) throw new Error('Expected an entry')
  const log = new MemoryLog()
  log.write(1)
  const { shipper, events } = testShipper(log, engineFor(settings).open)
  const over = new AbortController()
  const done = shipper.run(over.signal)
  await expect.poll(() => shipper.status().trouble).toBeDefined()
  const { trouble = '' } = shipper.status()
  over.abort()
  await done
  expect(JSON.stringify(events)).not.toContain(SECRET)
  return trouble
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function webServer(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  return listening(createWebServer(answer))
}

/** A key, and a certificate that no authority has signed. */
function ownCertificate(): { key: string; cert: string } {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-tls-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key, cert }
}

describe('a server', () => {
  test.for(ENGINES)('should be named, with what to do, when nothing listens there: %s', async (engine) => {
    const port = await freePort()
    expect(await troubleWith(engine, access(engine, '127.0.0.1', port))).toMatch(
      new RegExp(`127\\.0\\.0\\.1:${port}.*start the server, or correct its address`),
    )
  })

  test.for(ENGINES)('should be named, with what to do, when its name is not known: %s', async (engine) => {
    expect(await troubleWith(engine, access(engine, 'logs.invalid', 4222))).toMatch(
      /logs\.invalid.*(correct it in the options, or in DNS|whether DNS works)/,
    )
  })

  test.for(ENGINES)('should be said to have closed the connection when it does so at once: %s', async (engine) => {
    const port = await listening(createServer((socket) => socket.destroy()))
    const trouble = await troubleWith(engine, access(engine, '127.0.0.1', port))
    expect(trouble).toMatch(/clos|hang up|reset|disconnect/i)
    expect(trouble).toMatch(/127\.0\.0\.1/)
  })

  test.for(ENGINES)('should be said to give no answer when it is deaf: %s', async (engine) => {
    const port = await listening(createServer((socket) => socket.resume()))
    const options = { ...access(engine, '127.0.0.1', port), timeout: SHORT_MS }
    expect(await troubleWith(engine, options)).toMatch(
      engine === 'kafka' ? /Broker not connected|time/ : /time|no answer|took no connection/i,
    )
  })
})

describe('an HTTP server', () => {
  test.for([
    [401, /answered 401.*Check the options for credentials/],
    [404, /answered 404.*Check the option 'url'/],
    [415, /answered 415.*set the option 'compress' to 'none'/],
    [302, /gave no answer/],
  ] as const)('should be reported with what to do when it answers %i', async ([status, message]) => {
    const port = await webServer((_, response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('no'),
    )
    for (const engine of HTTP) {
      const options = { url: `http://127.0.0.1:${port}`, compress: 'gzip' }
      expect(await troubleWith(engine, options)).toMatch(message)
    }
  })

  test('should be reported without the secret when it sends the secret back, or takes no such header', async () => {
    const port = await webServer((request, response) => {
      response.writeHead(401).end(`You are ${'.'.repeat(280)} ${String(request.headers.authorization)}`)
    })
    vi.stubEnv('PINO_FUNNEL_TEST_ECHO', SECRET)
    vi.stubEnv('PINO_FUNNEL_TEST_LINES', `${SECRET}\n${SECRET}`)
    onTestFinished(() => void vi.unstubAllEnvs())
    for (const name of ['PINO_FUNNEL_TEST_ECHO', 'PINO_FUNNEL_TEST_LINES'])
      for (const engine of HTTP) {
        const server = { url: `http://127.0.0.1:${port}` }
        const token = { env: name }
        expect(await troubleWith(engine, { ...server, token })).not.toContain('hunter2')
        expect(await troubleWith(engine, { ...server, username: 'a', password: token })).not.toContain('hunter2')
        expect(await troubleWith(engine, { ...server, headers: { 'x-key': token } })).not.toContain('hunter2')
      }
  })

  test('should stop the shipper after ten records, with its own words, when it takes none because they are too old', async () => {
    const port = await webServer((_, response) => {
      response.writeHead(400).end('entry with timestamp 2026-11-21 ignored, reason: entry too far behind')
    })
    const [settings] = parseShipSettings({ to: 'loki', options: { url: `http://127.0.0.1:${port}` } })
    const log = new MemoryLog()
    log.write(30)
    const { shipper, events } = testShipper(log, engineFor(settings!).open)
    const over = new AbortController()
    const done = shipper.run(over.signal)
    await expect.poll(() => shipper.status().trouble).toMatch(/entry too far behind.*ship skip --name \S+ --to \d+/s)
    over.abort()
    await done
    expect(events.filter(({ type }) => type === 'refused')).toHaveLength(10)
  })
})

describe.skipIf(!isInstalled('openssl'))('a certificate that no authority has signed', () => {
  test('should be reported with what to do by engines with an HTTP interface', async () => {
    const { key, cert } = ownCertificate()
    const options = { key: readFileSync(key), cert: readFileSync(cert) }
    const port = await listening(createSecureWebServer(options, (_, response) => response.end()))
    for (const engine of HTTP)
      expect(await troubleWith(engine, { url: `https://localhost:${port}` })).toMatch(
        /self-signed certificate.*NODE_EXTRA_CA_CERTS=/,
      )
  })

  test('should be reported with what to do by nats, and be taken when it is named', async ({ skip }) => {
    skip(!isInstalled('nats-server'), 'nats-server is not installed')
    const { key, cert } = ownCertificate()
    const server = await TestServer.nats('--tls', '--tlscert', cert, '--tlskey', key)
    const servers = `tls://localhost:${server.port}`
    expect(await troubleWith('nats', { servers })).toMatch(/self-signed certificate.*NODE_EXTRA_CA_CERTS=/)
    expect(await troubleWith('nats', { servers, tls: { ca: cert } })).toMatch(/has no stream LOGS/)
    expect(await troubleWith('nats', { servers, tls: { ca: `${cert}.missing` } })).toMatch(/cert\.pem\.missing/)
  })

  test('should be reported with what to do by redis, and a server without TLS, too', async ({ skip }) => {
    skip(!isInstalled('redis-server'), 'redis-server is not installed')
    const { key, cert } = ownCertificate()
    const port = await freePort()
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
    const plain = await TestServer.redis('--tls-port', String(port), ...files, '--tls-auth-clients', 'no')
    expect(await troubleWith('redis', { host: 'localhost', port, tls: true })).toMatch(
      /self-signed certificate.*NODE_EXTRA_CA_CERTS=/,
    )
    const withoutTls = { host: 'localhost', port: plain.port, tls: true, timeout: SHORT_MS }
    expect(await troubleWith('redis', withoutTls)).toMatch(/the option 'tls'|closed/)
  })
})

test('a file of credentials that has none should be reported with what to do', async ({ skip }) => {
  skip(!isInstalled('nats-server'), 'nats-server is not installed')
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-creds-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'nats.creds')
  writeFileSync(file, SECRET)
  const server = await TestServer.nats('--auth', 'token')
  const options = { ...access('nats', '127.0.0.1', server.port), credentials: { file } }
  expect(await troubleWith('nats', options)).toMatch(/as 'nsc generate creds' writes it/)
})
