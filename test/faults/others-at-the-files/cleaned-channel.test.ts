import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { accountOf, faultless } from '../../kit/logs/account.ts'
import { nextListener } from '../../kit/logs/progress.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { mmaps } from '../../kit/machine/mmaps.ts'
import { startWorkers, type CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { sampled } from '../../kit/sample.ts'
import { kill } from '../../kit/started-processes.ts'

const waysOfWriting: readonly string[] = sampled<readonly string[]>(mmaps.slice(0, 1), [...mmaps, 'auto'])

async function startWorker(directory: LogDirectory, options: object): Promise<CommandedWorker> {
  // No record about a worker that a busy machine has held up: it would go through a mailbox of the listener.
  const lifecycle = { stallAfter: 600_000 }
  const [worker] = await startWorkers(directory, ['worker'], { lifecycle, ...options })
  await worker!.does({ log: 1_000 })
  await worker!.does({ flush: true })
  return worker!
}

/** The worker is served, and by the same listener from now on. */
async function isServed(directory: LogDirectory, worker: CommandedWorker): Promise<void> {
  await worker.does({ flush: true })
  expect(worker.fixture.stdout, 'the last flush has worked').toMatch(/done \d+ \n$/)
  const { epoch } = await directory.listenerPresent()
  await worker.does({ logInTurns: 300 })
  await worker.does({ flush: true })
  expect(worker.fixture.stdout, 'the last flush has worked').toMatch(/done \d+ \n$/)
  expect((await directory.listenerPresent()).epoch, 'the listener stays').toBe(epoch)
}

/** Numbers of the worker's records that are not in the log. */
function missingFrom(directory: LogDirectory, from: number, to: number): number[] {
  const lines = readFileSync(directory.file, 'utf8').trimEnd().split('\n')
  const found = new Set(lines.map((line) => (JSON.parse(line) as { n?: number }).n))
  return Array.from({ length: to - from }, (_, at) => from + at).filter((number) => !found.has(number))
}

const CLEAN_UPS = {
  'cuts all files': ['-type', 'f', '-exec', 'truncate', '-s', '0', '{}', '+'],
  'deletes all files': ['-type', 'f', '-delete'],
} as const

describe.each(waysOfWriting)('a log directory in which a clean-up works, mmap %s', (mmap) => {
  describe.each(Object.keys(CLEAN_UPS) as (keyof typeof CLEAN_UPS)[])('and %s', (cleanUp) => {
    test('should have every later record, by one listener that stays', async () => {
      const directory = logDirectory()
      const worker = await startWorker(directory, { mmap, linger: 0 })
      execFileSync('find', [directory.logs, ...CLEAN_UPS[cleanUp]])
      await worker.does({ log: 1_000 })
      await isServed(directory, worker)
      await worker.leaves()
      await directory.drained()
      // The log file has lost what it had. Without a journal, lines that were written last come twice.
      expect(await accountOf(directory)).toMatchObject({ torn: 0, outOfOrder: 0, strangers: 0, dropped: {} })
      expect(missingFrom(directory, 1_000, 2_300), 'later records that are not in the log').toEqual([])
    })

    test('should have what a worker logs last that neither yields nor waits', async () => {
      const directory = logDirectory()
      const worker = await startWorker(directory, { mmap, linger: 0 })
      execFileSync('find', [directory.channel, ...CLEAN_UPS[cleanUp]])
      worker.send({ log: 30_000 })
      await worker.leaves()
      await directory.drained()
      const { twice: _, ...account } = faultless
      expect(await accountOf(directory)).toMatchObject({ ...account, found: 31_000, dropped: {} })
    })
  })
})

const DAMAGES = {
  cut: (path: string) => truncateSync(path),
  deleted: (path: string) => rmSync(path),
  'overwritten with nonsense': (path: string) => writeFileSync(path, 'nonsense\n'.repeat(600)),
} as const
const FILES = ['header', 'drops', 'epoch', 'journal', 'channel.json', 'logs', 'ledger/app.log', 'segment'] as const

function pathsOf(directory: LogDirectory, file: (typeof FILES)[number]): string[] {
  const [id = ''] = directory.mailboxes()
  const mailbox = join(directory.channel, 'mailboxes', id)
  if (file === 'header' || file === 'drops') return [join(mailbox, file)]
  if (file !== 'segment') return [join(directory.channel, file)]
  return readdirSync(mailbox)
    .filter((name) => /^\d/.test(name))
    .map((name) => join(mailbox, name))
}

describe.each(waysOfWriting)('a channel whose listener is killed, mmap %s', (mmap) => {
  const cases = (Object.keys(DAMAGES) as (keyof typeof DAMAGES)[])
    .flatMap((damage) => FILES.map((file) => ({ file, damage })))
    // Segments that are overwritten have other lines: that can't be undone.
    .filter(({ file, damage }) => file !== 'segment' || damage !== 'overwritten with nonsense')
    .filter(({ file, damage }) => sampled(file === 'header' || damage === 'deleted', true))

  test.each(cases)(
    'should have every record, and its worker be served, when its $file was $damage',
    async ({ file, damage }) => {
      const directory = logDirectory()
      const worker = await startWorker(directory, { mmap, linger: 0 })
      const { pid, epoch } = await directory.listenerPresent()
      kill(pid, 'SIGSTOP')
      for (const path of pathsOf(directory, file)) DAMAGES[damage](path)
      await worker.does({ log: 1_000 })
      kill(pid, 'SIGKILL')
      await nextListener(directory, epoch)
      await worker.does({ log: 1_000 })
      await isServed(directory, worker)
      await worker.leaves()
      await directory.drained()
      const account = await accountOf(directory)
      // Without the journal, what was written last may come twice.
      expect({ ...account, twice: file === 'journal' ? 0 : account.twice }).toMatchObject({
        ...faultless,
        logged: 3_300,
        dropped: {},
      })
    },
  )
})
