import { DEFAULT_LOG_OPTIONS } from '@pino-funnel/channel'
import * as fc from 'fast-check'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FileCollector } from '../append/file-collector.ts'
import { connection, openMailbox, patience, temporaryChannel, type TestMailbox } from '../testing/channel.test-kit.ts'
import { openCollector } from '../testing/collector.test-kit.ts'

const WINDOW = 100
/** Ms after which lines that wait were read again. */
const LOOK = 25
const START = 1_763_700_000_000
const KIB = 1024

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: START })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Scene {
  readonly collector: FileCollector
  readonly mailboxes: readonly TestMailbox[]
  /** Collects what may be written, as the listener does. */
  collect(): void
  /** The messages in the log. */
  messages(): string[]
}

function openScene(workers: number): Scene {
  const channel = temporaryChannel()
  const collector = openCollector(channel, { ...DEFAULT_LOG_OPTIONS, order: { window: WINDOW } })
  const mailboxes = Array.from({ length: workers }, () => openMailbox(channel))
  const entries = new Set(mailboxes.map(({ entry }) => entry))
  // So that next segments are probed, too.
  for (const { reading } of entries) reading.doze()
  const path = join(channel.logDirectory, 'app.log')
  const text = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  return {
    collector,
    mailboxes,
    collect() {
      if (collector.msUntilNextRead > 0) return
      for (let more = true; more;) more = collector.collect(entries)
    },
    messages: () => text().split('\n').slice(0, -1).map(messageOf),
  }
}

function messageOf(line: string): string {
  return (JSON.parse(line) as { msg: string }).msg.replaceAll('.', '')
}

/** @param time - after the start; none when left out */
function log({ writer }: TestMailbox, msg: string, time?: number, bytes = 0): void {
  const record = { level: 30, ...(time !== undefined && { time: START + time }), msg: msg.padEnd(bytes, '.') }
  writer.append(`${JSON.stringify(record)}\n`)
}

function pass(scene: Scene, ms: number): void {
  vi.advanceTimersByTime(ms)
  scene.collect()
}

function two(): Scene & { a: TestMailbox; b: TestMailbox } {
  const scene = openScene(2)
  const [a, b] = scene.mailboxes as [TestMailbox, TestMailbox]
  return { ...scene, a, b }
}

describe('TimeOrder', patience, () => {
  test('should write by time when one worker is late, but within the window', () => {
    const scene = two()
    log(scene.a, 'a1', 1)
    log(scene.a, 'a3', 3)
    pass(scene, LOOK)
    log(scene.b, 'b2', 2)
    log(scene.b, 'b4', 4)
    pass(scene, WINDOW)
    expect(scene.messages()).toEqual(['a1', 'b2', 'a3', 'b4'])
  })

  test('should write nothing before the window is over, and all of it then', () => {
    const scene = two()
    log(scene.a, 'a', 0)
    pass(scene, WINDOW - 1)
    expect(scene.messages()).toEqual([])
    pass(scene, LOOK)
    expect(scene.messages()).toEqual(['a'])
  })

  test('should keep the order of a worker when its times go back', () => {
    const scene = two()
    log(scene.a, 'a5', 5)
    log(scene.a, 'a1', 1)
    log(scene.b, 'b3', 3)
    log(scene.b, 'b6', 6)
    pass(scene, WINDOW + LOOK)
    expect(scene.messages()).toEqual(['b3', 'a5', 'a1', 'b6'])
  })

  test('should keep a line with the one before it when it has no time', () => {
    const scene = two()
    log(scene.a, 'a1', 1)
    log(scene.a, 'a')
    log(scene.b, 'b1', 1)
    log(scene.a, 'a3', 3)
    log(scene.b, 'b2', 2)
    pass(scene, WINDOW + LOOK)
    expect(scene.messages()).toEqual(['a1', 'a', 'b1', 'b2', 'a3'])
  })

  test('should hold no line that has no time, or a time in the future', () => {
    const scene = two()
    log(scene.a, 'none')
    log(scene.b, 'tomorrow', 86_400_000)
    scene.collect()
    expect(scene.messages().toSorted()).toEqual(['none', 'tomorrow'])
  })

  test.each([86_400_000, WINDOW / 2, -WINDOW / 2, -86_400_000])(
    'should hold a line for less than two windows when the clock is set by %i ms meanwhile',
    (step) => {
      const scene = two()
      log(scene.a, 'a', 0)
      pass(scene, WINDOW / 2)
      vi.setSystemTime(Date.now() + step)
      pass(scene, LOOK)
      pass(scene, 1.5 * WINDOW - LOOK)
      expect(scene.messages()).toEqual(['a'])
    },
  )

  test('should sort what has piled up when it is many batches', () => {
    const scene = openScene(3)
    const expected: string[] = []
    for (let n = 0; n < 3000; n += 1) {
      const worker = Math.floor(n / 700) % 3
      log(scene.mailboxes[worker] as TestMailbox, `${n}`, n, KIB)
      expected.push(`${n}`)
    }
    pass(scene, 3000 + WINDOW)
    expect(scene.messages()).toEqual(expected)
  })

  test('should put lines too long for a share where they belong', () => {
    const scene = two()
    log(scene.a, 'a1', 1)
    log(scene.a, 'a3', 3, 270 * KIB)
    log(scene.a, 'a5', 5)
    log(scene.b, 'b2', 2)
    log(scene.b, 'b4', 4, 600 * KIB)
    log(scene.b, 'b6', 6)
    pass(scene, WINDOW + LOOK)
    expect(scene.messages()).toEqual(['a1', 'b2', 'a3', 'b4', 'a5', 'b6'])
  })

  test('should answer a flush when what came before it is written, and not before', () => {
    const scene = two()
    log(scene.a, 'a', 0)
    const answer = vi.fn<() => void>()
    scene.a.entry.addFlush({ position: { sequence: 1, offset: 1 }, connection, since: 0, answer })
    pass(scene, LOOK)
    expect(answer).not.toHaveBeenCalled()
    pass(scene, WINDOW)
    expect(answer).toHaveBeenCalledOnce()
  })

  test('should write what others have when one floods the log with old times for ever', () => {
    const scene = two()
    const entries = new Set(scene.mailboxes.map(({ entry }) => entry))
    log(scene.b, 'b', 0)
    vi.advanceTimersByTime(WINDOW)
    for (let round = 0; round < 7; round += 1) {
      for (let n = 0; n < 100; n += 1) log(scene.a, 'a', -1_000_000, KIB)
      scene.collector.collect(entries)
      vi.advanceTimersByTime(1000)
    }
    expect(scene.messages()).toContain('b')
  })

  test("should write each line once, in its worker's order and by time, when workers log as they like", () => {
    const act = fc.record({
      worker: fc.nat(3),
      late: fc.nat(WINDOW - LOOK - 10),
      bytes: fc.oneof({ weight: 20, arbitrary: fc.nat(300) }, fc.integer({ min: 10 * KIB, max: 400 * KIB })),
      pause: fc.nat(15),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        vi.setSystemTime(START)
        const scene = openScene(4)
        const logged: { name: string; worker: number; time: number }[] = []
        const last = [0, 0, 0, 0]
        for (const [n, { worker, late, bytes, pause }] of acts.entries()) {
          const time = Math.max(last[worker] as number, Date.now() - START - late)
          last[worker] = time
          logged.push({ name: `${n}`, worker, time })
          log(scene.mailboxes[worker] as TestMailbox, `${n}`, time, bytes)
          pass(scene, pause)
        }
        for (let rest = 0; rest < WINDOW + LOOK; rest += 5) pass(scene, 5)
        const found = scene.messages().map((name) => logged[Number(name)] as (typeof logged)[number])
        expect(found.map(({ time }) => time)).toEqual(logged.map(({ time }) => time).toSorted((x, y) => x - y))
        for (const worker of [0, 1, 2, 3])
          expect(found.filter((one) => one.worker === worker)).toEqual(logged.filter((one) => one.worker === worker))
      }),
      { numRuns: 100 },
    )
  })
})
