import type * as Fs from 'node:fs'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { FilterValues } from './filter.ts'
import { followTails, lastLines, tailsOf, type LastLines } from './last-lines.ts'

/** A file that this user may not read: root may read all. */
const closed = vi.hoisted((): { path: string | undefined } => ({ path: undefined }))

vi.mock('node:fs', async (load) => {
  const fs = await load<typeof Fs>()
  const accessSync: typeof fs.accessSync = (path, mode) => {
    if (path === closed.path) throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    fs.accessSync(path, mode)
  }
  return { ...fs, accessSync }
})

const NOW = 1_795_000_000_000
const STACK = `    at main.js:1 ${'x'.repeat(200)}`

function record(fields: object): string {
  return JSON.stringify({ level: 30, time: NOW, pid: 9145, ...fields })
}

function logOf(lines: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-last-lines-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const log = join(directory, 'app.log')
  writeFileSync(log, lines.map((line) => `${line}\n`).join(''))
  return log
}

function last(log: string, count: number, values: FilterValues = {}, signal?: AbortSignal): Promise<LastLines> {
  const onGap = (gap: Error): never => {
    throw gap
  }
  return lastLines(log, { count, values, now: NOW, onGap, ...(signal && { signal }) })
}

function texts({ lines }: LastLines): string[] {
  return lines.map(({ text }) => text)
}

describe('lastLines', () => {
  test('should have more lines than a call has arguments', async () => {
    const lines = Array.from({ length: 300_000 }, (_, n) => String(n))

    expect(texts(await last(logOf(lines), 200_000)).join('\n')).toBe(lines.slice(100_000).join('\n'))
  })

  test('should have the lines of a stack trace, which is longer than a portion, in the order of the log', async () => {
    const stack = Array.from({ length: 400 }, (_, n) => `${STACK}${n}`)
    const log = logOf([record({ time: 1 }), ...stack, record({ n: 1 }), ...stack, record({ n: 2 })])

    expect(texts(await last(log, 1000, { since: '1m' }))).toEqual([record({ n: 1 }), ...stack, record({ n: 2 })])
  })

  test.each([{}, { worker: 'cluster:4' }])(
    'should read no further when it was aborted, with the filter %o',
    async (values) => {
      const joined = { pid: 1, funnel: { event: 'joined', worker: 9145, thread: 0, pool: 'cluster', slot: 4 } }
      const log = logOf([record(joined), ...Array.from({ length: 5000 }, (_, n) => record({ n }))])

      expect(texts(await last(log, 10_000, values)).length).toBeGreaterThan(4999)
      expect(texts(await last(log, 10_000, values, AbortSignal.abort())).length).toBeLessThan(2000)
    },
  )

  test('should know the slot of a process from a record at the beginning, also in what follows', async () => {
    const joined = { pid: 1, funnel: { event: 'joined', worker: 9145, thread: 0, pool: 'cluster', slot: 4 } }
    const others = Array.from({ length: 2000 }, (_, n) => record({ pid: 9146, n }))
    const log = logOf([record(joined), ...others, record({ msg: 'ours' }), record({ pid: 9146 })])

    const found = await last(log, 1, { worker: 'cluster:4' })

    expect(texts(found)).toEqual([record({ msg: 'ours' })])
    expect(found.filter.matches(Buffer.from(record({ msg: 'later' })))).toBe(true)
    expect(found.end()).toMatch(/^0-\d+-/)
  })

  test('should remember the last record for what follows when no line is asked for', async () => {
    const { lines, filter } = await last(logOf([record({ time: 1 }), record({})]), 0, { since: '1m' })

    expect(lines).toEqual([])
    expect(filter.matches(Buffer.from(STACK))).toBe(true)
  })
})

test('logs that appear later should be followed from their beginning, also from nothing', async () => {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const first = logOf([record({ n: 1 })])
  const second = join(dirname(first), 'error.log')
  const logs = [first]
  const wanted = { count: 1, values: {}, now: NOW, onGap: () => {}, signal: stop.signal }
  const list = (): Promise<string[]> => Promise.resolve(logs)

  const seen: string[] = []
  const tails = await tailsOf(logs, wanted)
  appendFileSync(first, `${record({ n: 0 })}\n`)
  for await (const lines of followTails(tails, wanted, list)) {
    seen.push(...lines.map(({ text }) => text))
    if (seen.length === 3) break
    if (seen.length === 2) appendFileSync(first, `${record({ n: 3 })}\n`)
    if (logs.length > 1) continue
    writeFileSync(second, `${record({ n: 2 })}\n`)
    logs.push(second)
  }

  expect(seen).toEqual([record({ n: 0 }), record({ n: 2 }), record({ n: 3 })])
})

test('logs that are followed should go on when one appears that is not to be read, and when the list fails', async () => {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const log = logOf([record({ n: 1 })])
  const forbidden = join(dirname(log), 'audit.log')
  writeFileSync(forbidden, `${record({ n: 0 })}\n`)
  closed.path = forbidden
  onTestFinished(() => void (closed.path = undefined))
  const gaps: string[] = []
  const wanted = {
    count: 1,
    values: {},
    now: NOW,
    onGap: ({ message }: Error) => gaps.push(message),
    signal: stop.signal,
  }
  let lists = 0
  const list = (): Promise<string[]> => {
    lists += 1
    return lists === 1 ? Promise.reject(new Error('EMFILE')) : Promise.resolve([log, forbidden])
  }

  const tails = await tailsOf([log], wanted)
  const seen: string[] = []
  appendFileSync(log, `${record({ n: 2 })}\n`)
  for await (const lines of followTails(tails, wanted, list)) {
    seen.push(...lines.map(({ text }) => text))
    if (seen.length === 2) break
    await vi.waitFor(() => expect(gaps).toHaveLength(1), 30_000)
    appendFileSync(log, `${record({ n: 3 })}\n`)
  }

  expect(seen).toEqual([record({ n: 2 }), record({ n: 3 })])
  expect(gaps).toEqual([expect.stringContaining('The file is left out.')])
})
