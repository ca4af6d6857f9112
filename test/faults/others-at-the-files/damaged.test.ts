import { layoutOf } from '@pino-funnel/channel'
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { nextListener } from '../../kit/logs/progress.ts'
import { accountOf, faultless, noticesOf } from '../../kit/logs/account.ts'
import { startWorkers } from '../../kit/processes/commanded-worker.ts'
import { statusReports } from '../../kit/processes/listener-status.ts'
import { limitObstacle } from '../../kit/machine/obstacles.ts'

describe('a damaged mailbox', () => {
  test('should be left alone and shown by its id, and keep no other worker from the log', async () => {
    const directory = logDirectory()
    const id = await leaveBehind(directory, 100)
    writeFileSync(join(layoutOf(directory.channel).mailboxes, id, 'header'), 'not a header')

    const [other] = await startWorkers(directory, ['other'])
    await other!.does({ log: 1_000 })
    await other!.does({ flush: true })
    const [words, json] = [pinoFunnel('status', directory.logs), pinoFunnel('status', '--json', directory.logs)]
    for (const command of [words, json]) await command.succeeded()
    await other!.leaves()
    await directory.listenerGone()
    const recover = pinoFunnel('recover', directory.logs)

    expect(words.stdout).toContain(`mailbox ${id} is damaged`)
    expect(JSON.parse(json.stdout)).toMatchObject({ damaged: [{ id }] })
    expect(await recover.exited()).toMatchObject({ code: 1 })
    expect(recover.stderr).toContain(id)
    expect(directory.mailboxes()).toEqual([id])
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 1_000, lost: 100 })
  })
})

describe('a journal without one whole entry', () => {
  test('should be set aside, and no record be lost', async () => {
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    await worker!.does({ log: 5_000 })
    await worker!.does({ flush: true })
    const { pid, epoch } = await directory.listenerPresent()
    kill(pid, 'SIGSTOP')
    await worker!.does({ log: 5_000 })

    writeFileSync(layoutOf(directory.channel).journal, 'nonsense\n'.repeat(100))
    kill(pid, 'SIGKILL')
    await nextListener(directory, epoch)

    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    expect(existsSync(join(directory.channel, 'journal.damaged'))).toBe(true)
    // Rather twice than lost.
    expect(await accountOf(directory)).toMatchObject({ lost: 0, torn: 0, strangers: 0, logged: 10_000 })
  })
})

describe('a log file that another program changes', () => {
  test('should have all lines of both, and the listener say so, when they are appended while it is dead', async () => {
    const directory = logDirectory()
    // However busy the machine is, no record is about a worker that it has held up.
    const [worker] = await startWorkers(directory, ['worker'], { lifecycle: { stallAfter: 600_000 } })
    await worker!.does({ log: 100 })
    await worker!.does({ flush: true })
    const { pid, epoch } = await directory.listenerPresent()
    const stranger = '{"level":30,"msg":"a stranger"}\n'
    appendFileSync(directory.file, stranger)
    await worker!.does({ log: 100 })
    await worker!.does({ flush: true })
    kill(pid, 'SIGSTOP')
    // Whether the last batch was carried out, the next listener has to find out by the size of the file.
    appendFileSync(directory.file, stranger)

    kill(pid, 'SIGKILL')
    await nextListener(directory, epoch)
    await worker!.does({ log: 100 })
    await worker!.does({ flush: true })

    await worker!.leaves()
    await directory.drained()
    // The two of the stranger, and what the listener says of its beginning and of the stranger.
    expect(await accountOf(directory)).toMatchObject({ ...faultless, found: 300, others: 4 })
    expect(noticesOf('foreign', [directory.file])).toHaveLength(1)
    expect(noticesOf('listener', [directory.file])).toMatchObject([{ how: 'lost', former: { listener: pid } }])
    expect(readFileSync(layoutOf(directory.channel).listenerLog, 'utf8')).toContain('was changed by another process')
  })

  test('should get a record that says so when it is cut while the listener has trouble with it', async ({ skip }) => {
    skip(limitObstacle() !== undefined, limitObstacle())
    const directory = logDirectory()
    const [worker] = await startWorkers(directory, ['worker'])
    await worker!.does({ log: 100 })
    await worker!.does({ flush: true })
    const { pid } = await directory.listenerPresent()
    limitFileSize(pid, '1000000')
    await worker!.does({ log: 10_000, length: 200 })
    await statusReports(directory, /EFBIG/)

    truncateSync(directory.file)
    limitFileSize(pid, 'unlimited')

    await until(() => noticesOf('truncated', [directory.file]).length === 1, 'a record that says so')
    await worker!.does({ log: 100 })
    await worker!.does({ flush: true })
    await worker!.leaves()
    await directory.drained()
    const { missing: _cut, ...check } = await directory.check()
    expect(check).toMatchObject({ twice: 0, torn: 0, outOfOrder: 0, strangers: 0 })
  })
})

function limitFileSize(pid: number, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`])
}

/** A mailbox of a dead worker that no listener has collected. @returns its id */
async function leaveBehind(directory: LogDirectory, records: number): Promise<string> {
  const [worker] = await startWorkers(directory, ['left-behind'])
  const { pid } = await directory.listenerPresent()
  kill(pid, 'SIGSTOP')
  await worker!.does({ log: records })
  await worker!.dies()
  kill(pid, 'SIGKILL')
  await directory.listenerGone()
  return directory.mailboxes()[0] ?? 'none'
}
