import {
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StartOptions } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { CommandedWorker, startWorkers } from '../../kit/processes/commanded-worker.ts'
import { listenerStatus, peakMemory, statusReports } from '../../kit/processes/listener-status.ts'
import { linuxObstacle, otherUserObstacle } from '../../kit/machine/obstacles.ts'

describe('a symbolic link that another user has planted', () => {
  test('should not be followed, and nothing be lost, when it takes the place of the log file', async () => {
    const directory = logDirectory()
    const victim = plantVictim(directory)
    const [worker] = await startWorkers(directory, ['worker'])
    await worker!.does({ log: 100 })
    await worker!.does({ flush: true })

    const moved = directory.path('moved.log')
    renameSync(directory.file, moved)
    symlinkSync(victim.path, directory.file)
    await worker!.does({ log: 100 })
    await statusReports(directory, /ELOOP/)
    unlinkSync(directory.file)

    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    victim.expectUnchanged()
    expect(await accountOf(directory, [moved, directory.file])).toMatchObject({ ...faultless, found: 200, dropped: {} })
  })

  test.each(['journal', 'journal.new', 'epoch', 'listener.log'])(
    'should not be written through when it takes the place of the file %s in the channel',
    async (name) => {
      const directory = logDirectory()
      const victim = plantVictim(directory)
      const [first] = await startWorkers(directory, ['first'])
      await first!.does({ log: 100 })
      await first!.does({ flush: true })
      await first!.leaves()
      await directory.drained()
      await directory.endListener()

      rmSync(join(directory.channel, name), { force: true })
      symlinkSync(victim.path, join(directory.channel, name))
      const second = await new CommandedWorker(directory, 'second').ready()
      await second.does({ log: 100 })
      await second.does({ flush: true })
      await second.leaves()
      await directory.drained()
      victim.expectUnchanged()
      expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 200, dropped: {} })
    },
  )

  test.each([
    { name: 'header', mailboxesLeft: 1, found: 100 },
    { name: '00000001.plain', mailboxesLeft: 1, found: 100 },
    { name: 'drops', mailboxesLeft: 0, found: 200 },
  ])(
    'should neither be read nor written through when it takes the place of $name in a mailbox',
    async ({ name, mailboxesLeft, found }) => {
      const directory = logDirectory()
      const victim = plantVictim(directory)
      const [first] = await startWorkers(directory, ['first'])
      const { pid } = await directory.listenerPresent()
      kill(pid, 'SIGSTOP')
      await first!.does({ log: 100 })
      await first!.dies()
      kill(pid, 'SIGKILL')
      await directory.listenerGone()

      const [id] = directory.mailboxes()
      const planted = join(directory.channel, 'mailboxes', id!, name)
      rmSync(planted)
      symlinkSync(victim.path, planted)
      const [second] = await startWorkers(directory, ['second'])
      await second!.does({ log: 100 })
      await second!.does({ flush: true })
      await second!.leaves()

      const left = (): boolean => directory.mailboxes().length === mailboxesLeft
      await until(left, `${mailboxesLeft} mailboxes to be left`, { evidence: () => directory.root })
      victim.expectUnchanged()
      expect(readFileSync(directory.file, 'utf8')).not.toContain('root:x')
      expect(await accountOf(directory)).toMatchObject({ twice: 0, torn: 0, strangers: 0, found })
    },
  )

  test('should be refused when it takes the place of the channel', async () => {
    const directory = logDirectory()
    symlinkSync(directory.ledgers, directory.channel)

    const worker = new CommandedWorker(directory, 'worker')

    expect(await worker.fixture.exited()).toMatchObject({ code: 1 })
    expect(worker.fixture.stderr).toContain('FUNNEL_CHANNEL_SYMLINK')
    expect(readdirSync(directory.ledgers)).toEqual([])
  })
})

describe('any umask', () => {
  test.for(['0000', '0777'])('should leave a channel private, and usable, when it is %s', async (umask, { skip }) => {
    skip(otherUserObstacle() !== undefined, otherUserObstacle())
    const directory = logDirectory()
    for (const path of [directory.root, directory.logs, directory.ledgers]) chownSync(path, 65_534, 65_534)
    const as = asNobodyWith(umask)
    const [first] = await startWorkers(directory, ['first'], { maxMailboxBytes: 2 * 1024 * 1024 }, as)
    const { pid } = await directory.listenerPresent()
    await first!.does({ log: 10 })
    await first!.does({ flush: true })
    kill(pid, 'SIGSTOP')
    await first!.does({ log: 20_000, length: 200 })

    expect(modesBelow(directory.channel).filter(([, mode]) => mode !== 0o600 && mode !== 0o700)).toEqual([])
    await first!.dies()
    kill(pid, 'SIGKILL')
    await directory.listenerGone()
    const [second] = await startWorkers(directory, ['second'], {}, as)
    await second!.does({ log: 10 })
    await second!.does({ flush: true })
    await second!.leaves()

    await directory.drained()
    expect(lstatSync(directory.file).mode & 0o777).toBe(0o644)
    const account = await accountOf(directory)
    expect(account).toMatchObject({ ...faultless, logged: 20_020, reported: account.dropped })
    expect(Object.keys(account.dropped)).toEqual(['30'])
  })
})

describe('a hostile client at the control socket', () => {
  test('should be closed or ignored, and cost next to no memory, when it tries anything', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'], { lifecycle: false })
    await worker!.does({ log: 100 })
    const { pid, epoch } = await directory.listenerPresent()
    const socket = join(directory.channel, `L.${epoch}`)

    const hello = (mailbox: string): string =>
      `${JSON.stringify({ type: 'hello', version: 1, role: 'writer', mailbox })}\n`
    const attempts = [
      'x'.repeat(64 * 1024 * 1024),
      `${'x'.repeat(5_000)}\n`,
      '\0\xff\n',
      '{"type":"hello"',
      hello('../../../../etc/passwd'),
      hello('..'),
      hello(''),
      hello('f'.repeat(33)),
      `${hello('f'.repeat(32))}{"type":"flush","request":1,"sequence":1e300,"offset":-1}\n`,
      `${hello('f'.repeat(32))}{"type":"stop"}\n`,
      '{"type":"stop"}\n',
    ]
    const closed = attempts.map((text) => closedAfter(open(socket), text))
    const slow = Array.from({ length: 1_000 }, () => closedAfter(open(socket), '{'))
    await worker!.does({ log: 100 })
    await worker!.does({ flush: true })

    await Promise.all([...closed, ...slow])
    await answers(directory, { pid, epoch })
    expect(peakMemory(pid)).toBeLessThan(120_000_000)
    await worker!.leaves()
    await directory.drained()
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 200, others: 0 })
  })
})

describe('a client at the control socket that asks again and again', () => {
  test('should be closed, and cost little memory, when it does not read the answers', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    const { pid, epoch } = await directory.listenerPresent()
    const socket = connect({ path: join(directory.channel, `L.${epoch}`) })
    onTestFinished(() => void socket.destroy())
    socket.pause()
    const closed = new Promise((resolve) => socket.on('error', resolve))

    socket.write('{"type":"hello","version":1,"role":"observer"}\n')
    const questions = '{"type":"status"}\n'.repeat(3_000)
    const asking = setInterval(() => socket.write(questions), 1)
    await closed
    clearInterval(asking)

    expect(peakMemory(pid)).toBeLessThan(200_000_000)
    await answers(directory, { pid, epoch })
    await worker!.leaves()
  })
})

/** Waits until it is this listener that answers. It may need longer than `status` waits. */
async function answers(directory: LogDirectory, { pid, epoch }: { pid: number; epoch: number }): Promise<void> {
  const isIt = async (): Promise<boolean> => {
    const status = await listenerStatus(directory)
    return status?.pid === pid && status.epoch === epoch
  }
  await until(isIt, `the listener ${pid} to answer`, { evidence: () => directory.root })
}

function plantVictim(directory: LogDirectory): { readonly path: string; readonly expectUnchanged: () => void } {
  const path = join(directory.root, 'victim')
  const content = 'root:x:0:0:root:/root:/bin/bash\n'
  writeFileSync(path, content)
  return { path, expectUnchanged: () => expect(readFileSync(path, 'utf8')).toBe(content) }
}

function asNobodyWith(umask: string): StartOptions {
  const drop = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
  return { nodeBinary: 'sh', nodeOptions: ['-c', `umask ${umask}; exec "$@"`, 'sh', ...drop, process.execPath] }
}

function modesBelow(directory: string): [name: string, mode: number][] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return names.map((name) => [name, lstatSync(join(directory, name)).mode & 0o777])
}

function open(path: string): Socket {
  const socket = connect({ path })
  socket.on('error', () => {})
  socket.resume()
  onTestFinished(() => void socket.destroy())
  return socket
}

function closedAfter(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve) => {
    socket.on('close', () => resolve())
    socket.write(text)
  })
}
