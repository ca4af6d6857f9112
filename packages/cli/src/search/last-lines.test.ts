import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FilterValues } from './filter.ts'
import { lastLines, type LastLines } from './last-lines.ts'

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
