import { mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { describe, expect, test, onTestFinished } from 'vitest'
import { startChild, type Child } from '../testing/child.test-kit.ts'
import { funnelError, patience, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { connectTo, listenAlive, proveLife, type Evidence } from './proof.ts'

/** Longer than `sun_path`, with the name of the socket in it. */
const LONG = `${'long-'.repeat(30)}/${'longer-'.repeat(20)}`

function directoryOf(kind: 'short' | 'long'): string {
  const directory = join(temporaryDirectory(), kind === 'long' ? LONG : 'short')
  mkdirSync(directory, { recursive: true })
  return directory
}

/** What the evidence is. Its connection, if there is one, is closed when the test is over. */
async function lifeOf(directory: string, name = 'life'): Promise<Evidence['life']> {
  const evidence = await proveLife(directory, name)
  const { socket } = evidence as { socket?: Socket }
  onTestFinished(() => void socket?.destroy())
  return evidence.life
}

/** A process that takes part, and then does `then`. */
async function startWriter(directory: string, then: string): Promise<Child> {
  const child = startChild(
    'a writer',
    `const { listenAlive } = require('@pino-funnel/channel')
    const server = listenAlive(process.argv[1], 'life', () => {})
    require('node:fs').writeSync(1, 'listening\\n')
    ${then}`,
    [directory],
  )
  await child.printed('listening')
  return child
}

function clusterWorkerIn(directory: string): string {
  const script = join(directory, 'worker.cjs')
  const channel = createRequire(import.meta.url).resolve('@pino-funnel/channel')
  writeFileSync(
    script,
    `const { listenAlive } = require(${JSON.stringify(channel)})
    listenAlive(process.argv[2], 'life', () => {}).ref()
    process.send('listening')`,
  )
  return script
}

describe.each(['short', 'long'] as const)('the evidence about a process whose socket has a %s path', (kind) => {
  test('should be alive from the moment it listens, and dead when it was killed', patience, async () => {
    const directory = directoryOf(kind)
    expect(await lifeOf(directory), 'before').toBe('absent')
    const child = await startWriter(directory, 'server.ref()')
    expect(await lifeOf(directory), 'while it runs').toBe('alive')
    child.kill('SIGKILL')
    await child.ended()
    expect(await lifeOf(directory), 'after SIGKILL').toBe('dead')
    expect(await lifeOf(directory), 'and for ever').toBe('dead')
    unlinkSync(join(directory, 'life'))
    expect(await lifeOf(directory), 'after the name was deleted').toBe('absent')
  })

  test('should be alive when it is stopped, and dead when it is killed then', patience, async () => {
    const directory = directoryOf(kind)
    const child = await startWriter(directory, 'server.ref()')
    child.kill('SIGSTOP')
    for (let time = 0; time < 3; time += 1) expect(await lifeOf(directory), 'while it is stopped').toBe('alive')
    child.kill('SIGKILL')
    await child.ended()
    expect(await lifeOf(directory), 'after SIGKILL').toBe('dead')
  })

  test('should be alive when it never yields to its event loop', patience, async () => {
    const directory = directoryOf(kind)
    await startWriter(directory, 'for (;;);')
    for (let time = 0; time < 3; time += 1) expect(await lifeOf(directory), 'while it spins').toBe('alive')
  })

  test('should be about a cluster worker itself, not its primary, when it is one', patience, async () => {
    const directory = directoryOf(kind)
    const primary = startChild(
      'a cluster',
      `const cluster = require('node:cluster')
      cluster.setupPrimary({ execArgv: [], exec: process.argv[2], args: [process.argv[1]] })
      const worker = cluster.fork()
      worker.on('message', () => console.log('listening'))
      worker.on('exit', () => console.log('killed'))
      process.stdin.resume().on('end', () => worker.process.kill('SIGKILL'))
      setInterval(() => {}, 1000)`,
      [directory, clusterWorkerIn(directory)],
    )
    await primary.printed('listening')
    expect(await lifeOf(directory), 'while it runs').toBe('alive')
    primary.release()
    await primary.printed('killed')
    expect(await lifeOf(directory), 'when only the primary is left').toBe('dead')
  })

  test('should end with the connection when the process is killed', patience, async () => {
    const directory = directoryOf(kind)
    const child = await startWriter(directory, 'server.ref()')
    const evidence = await proveLife(directory, 'life')
    const { socket } = evidence as { socket: Socket }
    const closed = new Promise((resolve) => socket.resume().on('close', resolve))
    child.kill('SIGKILL')
    await closed
    // The kernel may close the connection before the socket that listens. A process that finds it alive sees it end,
    // and asks again.
    await expect.poll(() => lifeOf(directory)).toBe('dead')
  })

  test('should be dead when the process has exited in the ordinary way', patience, async () => {
    const directory = directoryOf(kind)
    const child = await startWriter(directory, '')
    await child.finished()
    expect(['dead', 'absent'], 'the socket keeps no process alive').toContain(await lifeOf(directory))
  })

  test('should be absent when the directory is not there, without an exception', async () => {
    const directory = join(directoryOf(kind), 'gone')
    expect(await lifeOf(directory)).toBe('absent')
    const socket = connectTo(directory, 'life')
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error).toHaveProperty('code', 'ENOENT')
  })
})

describe('the evidence', () => {
  test('should prove nothing when the name is not a socket of ours', async () => {
    const directory = temporaryDirectory()
    symlinkSync('loop', join(directory, 'loop'))
    expect(await lifeOf(directory, 'loop')).toBe('unknown')
    writeFileSync(join(directory, 'file'), '')
    // Linux refuses a connect to any file that no process listens on.
    expect(await lifeOf(directory, 'file')).not.toBe('alive')
    writeFileSync(join(directory, 'parent'), '')
    expect(await lifeOf(join(directory, 'parent'))).toBe('unknown')
  })

  test('should be alive when its backlog is full', patience, async () => {
    const directory = temporaryDirectory()
    await startWriter(directory, 'for (;;);')
    const lives = new Set<string>()
    let connected = 0
    for (; connected < 5000 && !lives.has('full'); connected += 1) {
      const evidence = await proveLife(directory, 'life')
      lives.add(evidence.life)
      if (evidence.life !== 'alive') break
      const { socket } = evidence
      if (socket) onTestFinished(() => void socket.destroy())
      else lives.add('full')
    }
    expect([...lives], `after ${connected} connects`).toEqual(['alive', 'full'])
  })
})

describe('listenAlive', () => {
  test('should be refused, saying why, when the name is taken', async () => {
    const directory = temporaryDirectory()
    const server = listenAlive(directory, 'life', () => {})
    onTestFinished(() => void server.close())
    expect(() => listenAlive(directory, 'life', () => {})).toThrow(
      funnelError('FUNNEL_SOCKET_UNUSABLE', 'life', directory, 'the name is taken', 'channelDir'),
    )
    expect(await lifeOf(directory), 'the first one goes on').toBe('alive')
  })

  test('should be refused, saying why, when the directory is not there', () => {
    const directory = join(temporaryDirectory(), 'gone')
    expect(() => listenAlive(directory, 'life', () => {})).toThrow(
      funnelError('FUNNEL_SOCKET_UNUSABLE', directory, 'ENOENT', 'channelDir'),
    )
  })

  test('should stay apart from a socket of the same name whose long path begins alike', async () => {
    const parent = directoryOf('long')
    const [first, second] = [join(parent, 'a'), join(parent, 'b')]
    mkdirSync(first)
    mkdirSync(second)
    const server = listenAlive(first, 'life', () => {})
    onTestFinished(() => void server.close())
    expect(await lifeOf(first)).toBe('alive')
    expect(await lifeOf(second)).toBe('absent')
  })

  test('should serve each process that connects', async () => {
    const directory = directoryOf('long')
    const server = listenAlive(directory, 'life', (socket) => socket.end('hello'))
    onTestFinished(() => void server.close())
    const [text] = (await once(connectTo(directory, 'life'), 'data')) as [Buffer]
    expect(text.toString()).toBe('hello')
    expect(createServer().listening, 'a server that was not started').toBe(false)
  })
})
