import { extentOf, readLog } from '@pino-funnel/reader'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { expect, test } from 'vitest'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { rotatedParts } from '../../kit/logs/parts.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { kill } from '../../kit/started-processes.ts'
import { until } from '../../kit/until.ts'

const OPTIONS = { size: '4k', compress: true, linger: 0 }
/** 30 records fill more than one file. */
const RECORDS = { log: 30, length: 150 }

/** A log whose records are read again and again: none may have another id than before, and no two may have the same. */
class SeenLog {
  readonly gaps: string[] = []
  readonly faults: string[] = []
  /** Texts by id. */
  readonly #texts = new Map<string, string>()
  readonly #ids = new Map<string, string>()

  /** @returns the lines, the oldest first */
  async read({ file }: { readonly file: string }): Promise<string[]> {
    const lines: string[] = []
    const onGap = ({ message }: Error): void => void this.gaps.push(message)
    let before = -1
    for await (const { id = 'none', position = -1, text } of readLog(file, { onGap })) {
      const known = { text: this.#texts.get(id) ?? text, id: this.#ids.get(text) ?? id }
      if (position <= before) this.faults.push(`position ${position} after ${before}: ${text}`)
      if (known.text !== text) this.faults.push(`record ${id} was ${known.text}, and is ${text}`)
      if (known.id !== id) this.faults.push(`the id of ${text} was ${known.id}, and is ${id}`)
      before = position
      lines.push(text)
      this.#texts.set(id, text)
      this.#ids.set(text, id)
    }
    return lines
  }

  /** A file is going to be deleted. The last of its records were not known to be in the log, and may be written again. */
  forget(file: string): void {
    for (const text of readFileSync(file, 'utf8').split('\n')) this.#ids.delete(text)
  }
}

/** Logs by a worker of its own, and ends listener and worker. */
async function logsOnce(directory: LogDirectory, worker: string): Promise<void> {
  const commanded = await new CommandedWorker(directory, worker, OPTIONS).ready()
  await commanded.does(RECORDS)
  await leaves(commanded, directory)
}

async function leaves(worker: CommandedWorker, directory: LogDirectory): Promise<void> {
  await worker.leaves()
  await directory.drained()
  await directory.listenerGone()
}

/** Logs, and has it all in the log. */
async function logs(worker: CommandedWorker): Promise<void> {
  await worker.does(RECORDS)
  await worker.does({ flush: true })
}

async function compressed(directory: LogDirectory): Promise<void> {
  const evidence = (): string => directory.root
  await until(() => rotatedParts(directory).every(({ isCompressed }) => isCompressed), 'all to be compressed', {
    evidence,
  })
}

/** The place for a log directory. */
function withoutLogs(): LogDirectory {
  const directory = logDirectory()
  rmSync(directory.logs, { recursive: true })
  return directory
}

test('the id of a record should stay, and be no other one, through foreign lines, copytruncate, renames, kills and deletions', async () => {
  const directory = logDirectory()
  const seen = new SeenLog()
  const worker = await new CommandedWorker(directory, 'first', OPTIONS).ready()
  await logs(worker)
  await seen.read(directory)

  appendFileSync(directory.file, 'a line of another program\n')
  await logs(worker)
  expect(await seen.read(directory)).toContain('a line of another program')

  copyFileSync(directory.file, directory.path('copied'))
  truncateSync(directory.file)
  await logs(worker)
  await seen.read(directory)

  renameSync(directory.file, directory.path('app.log.1'))
  await logs(worker)
  await seen.read(directory)

  const { pid } = await directory.listenerPresent()
  kill(pid, 'SIGKILL')
  seen.forget(directory.file)
  rmSync(directory.file)
  await logs(worker)
  await seen.read(directory)

  await leaves(worker, directory)
  for (const { name } of rotatedParts(directory)) rmSync(directory.path(name), { force: true })
  await logsOnce(directory, 'second')
  const last = await seen.read(directory)
  expect(rotatedParts(directory)[0]?.number, 'numbers begin with 1 again').toBe(1)
  expect(last.length).toBeGreaterThan(20)
  expect(seen.faults).toEqual([])
})

test('a log should keep its id when it is moved, and get another one when it is copied, or its channel is deleted', async () => {
  const directory = logDirectory()
  const seen = new SeenLog()
  await logsOnce(directory, 'first')
  const first = await seen.read(directory)
  const id = extentOf(directory.file)?.id

  const moved = withoutLogs()
  renameSync(directory.logs, moved.logs)
  await logsOnce(moved, 'second')
  expect(extentOf(moved.file)?.id).toBe(id)
  const second = await seen.read(moved)
  expect(second.slice(0, first.length)).toEqual(first)

  const copy = withoutLogs()
  const filter = (path: string): boolean => !/\/L\.\d+$/.test(path)
  cpSync(moved.logs, copy.logs, { recursive: true, preserveTimestamps: true, filter })
  await logsOnce(copy, 'third')
  expect(extentOf(copy.file)?.id).not.toBe(id)
  expect((await new SeenLog().read(copy)).slice(0, second.length)).toEqual(second)
  expect((await seen.read(moved)).slice(0, second.length)).toEqual(second)

  rmSync(moved.channel, { recursive: true })
  await logsOnce(moved, 'fourth')
  const extent = extentOf(moved.file)
  expect([extent?.begin, extent?.id === id]).toEqual([0, false])
  expect(seen.faults).toEqual([])
})

test('a compressed file that is damaged should cost no other record, and move none', async () => {
  const directory = logDirectory()
  const seen = new SeenLog()
  await logsOnce(directory, 'first')
  const before = await seen.read(directory)
  await compressed(directory)
  const [oldest] = rotatedParts(directory)
  const damaged = directory.path(oldest?.name ?? '')
  writeFileSync(damaged, readFileSync(damaged).subarray(0, -20))

  const after = await seen.read(directory)

  expect(seen.gaps).toEqual([expect.stringContaining('is damaged'), expect.stringContaining('are missing')])
  expect(before.length - after.length).toBeGreaterThan(0)
  expect(before.filter((line) => after.includes(line))).toEqual(after)
  expect(seen.faults).toEqual([])
})
