import type * as Timers from 'node:timers/promises'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { TestLog } from './testing/log.test-kit.ts'
import { mergeByTime } from './merge-by-time.ts'
import { readLog } from './read-log.ts'
import type { LogLine } from './reading/portion.ts'

const timers = vi.hoisted(() => ({ areOver: false }))

vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof Timers>()
  const setTimeout: typeof real.setTimeout = (ms, value, options) =>
    timers.areOver ? Promise.resolve(value as never) : real.setTimeout(ms, value, options)
  return { ...real, setTimeout }
})

function record(time: number, msg: string): string {
  return `{"level":30,"time":${1_795_000_000_000 + time},"msg":"${msg}"}\n`
}

async function messages(lines: AsyncIterable<{ readonly text: string }>, count = Infinity): Promise<string[]> {
  const found: string[] = []
  for await (const { text } of lines) {
    found.push(text.startsWith('{') ? (JSON.parse(text) as { msg: string }).msg : text)
    if (found.length === count) break
  }
  return found
}

describe('mergeByTime', () => {
  test('should give the lines of all logs by their times, and a line without a time after the one before it', async () => {
    const [info, error] = [new TestLog(), new TestLog()]
    info.append(record(1, 'a') + record(4, 'd') + record(5, 'e'))
    error.append(record(2, 'b') + '    at line 1\n' + record(3, 'c'))

    const merged = await messages(mergeByTime([readLog(info.path), readLog(error.path)]))

    expect(merged).toEqual(['a', 'b', '    at line 1', 'c', 'd', 'e'])
  })

  test('should wait without a limit for a log that is read slowly', async () => {
    timers.areOver = true
    onTestFinished(() => void (timers.areOver = false))
    const [quick, slow] = [new TestLog(), new TestLog()]
    quick.append(record(2, 'b') + record(4, 'd'))
    slow.append(record(1, 'a') + record(3, 'c'))
    async function* slowly(): AsyncGenerator<LogLine, void, void> {
      for await (const line of readLog(slow.path)) {
        // Any timer is over by now.
        await setImmediate()
        yield line
      }
    }

    expect(await messages(mergeByTime([readLog(quick.path), slowly()], { wait: Infinity }))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ])
  })

  test('should not wait for a log without new lines, when it follows', async () => {
    const [busy, idle] = [new TestLog(), new TestLog()]
    busy.append(record(1, 'a') + record(2, 'b') + record(3, 'c'))
    const abort = new AbortController()
    const options = { follow: true, signal: abort.signal }

    const merged = messages(mergeByTime([readLog(busy.path, options), readLog(idle.path, options)], { wait: 10 }), 3)

    expect(await merged).toEqual(['a', 'b', 'c'])
    abort.abort()
  })

  test('should keep nothing of its lines at the promise of a log that has none for long', async () => {
    const busy = new TestLog()
    busy.append(Array.from({ length: 1000 }, (_, n) => record(n, 'a')).join(''))
    const never = new Promise<never>(() => {})
    let reactions = 0
    // It gives itself, so that each race of what it gives is counted, too.
    const react = (): Promise<never> => {
      reactions += 1
      return never
    }
    // oxlint-disable-next-line no-thenable, no-floating-promises -- what its reactions are is the question
    Object.defineProperty(never, 'then', { value: react })
    const quiet = { [Symbol.asyncIterator]: () => ({ next: () => never }) }

    expect(await messages(mergeByTime([readLog(busy.path), quiet], { wait: 1 }), 1000)).toHaveLength(1000)
    expect(reactions).toBeLessThan(3)
  })

  test('should go on with logs that appear later, also when there was none', async () => {
    const [first, second] = [new TestLog(), new TestLog()]
    first.append(record(1, 'a'))
    second.append(record(2, 'b'))
    async function* later(): AsyncGenerator<AsyncIterable<LogLine>, void, void> {
      yield readLog(first.path)
      await setImmediate()
      yield readLog(second.path)
    }

    expect(await messages(mergeByTime([], { later: later() }))).toEqual(['a', 'b'])
  })

  test.each(['one of its logs', 'the search for more'])('should end with the failure of %s', async (what) => {
    const log = new TestLog()
    log.append(record(1, 'a'))
    const failing = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('EACCES')) }) }
    const merged =
      what === 'one of its logs'
        ? mergeByTime([readLog(log.path), failing])
        : mergeByTime([readLog(log.path)], { later: failing })

    await expect(messages(merged)).rejects.toThrow('EACCES')
  })
})
