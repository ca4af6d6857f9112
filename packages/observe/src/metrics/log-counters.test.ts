import { describe, expect, test } from 'vitest'
import type { Portion } from '@pino-funnel/reader'
import { DELAY_BOUNDS, LogCounters } from './log-counters.ts'

const NOW = 1_795_250_000_000

function portion(...lines: readonly (string | object)[]): Portion {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''))
  return { bytes, offset: 0, before: Buffer.alloc(0), path: 'app.log', after: 0, address: undefined }
}

function notice(funnel: object): object {
  return { level: 40, time: NOW, pid: 1, name: 'pino-funnel', funnel }
}

function counted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].filter(([, count]) => count > 0))
}

describe('what a log has got', () => {
  test('should be counted by level, and lines without one of pino as other', () => {
    const counters = new LogCounters()
    counters.add(portion({ level: 30 }, { level: 30 }, { level: 'error' }, { level: 35 }, {}, 'no record', ''), NOW)
    expect(counted(counters.records)).toEqual({ info: 2, error: 1, other: 3 })
    expect(counters.bytes).toBeGreaterThan(60)
  })

  test('should be counted by the events of workers', () => {
    const counters = new LogCounters()
    counters.add(
      portion(
        notice({ event: 'died' }),
        notice({ event: 'left' }),
        notice({ event: 'stalled' }),
        notice({ event: 'stopped' }),
        notice({ event: 'dropped', causes: { 'mailbox full': 47, ENOSPC: 2 } }),
        { level: 30, event: 'died', msg: 'not one of pino-funnel' },
      ),
      NOW,
    )
    expect(counters.ends).toEqual({ died: 1, left: 1 })
    expect(counters.stalls).toEqual({ stalled: 1, stopped: 1 })
    expect(counted(counters.dropped)).toEqual({ 'mailbox full': 47, ENOSPC: 2 })
  })

  test('should make few series of what any program may have written', () => {
    const counters = new LogCounters()
    const causes = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`E${'X'.repeat(2 + (index % 14))}A`, 1]),
    )
    counters.add(
      portion(
        notice({ event: 'dropped', causes: { ...causes, 'made up': 1, bad: 'x', worse: -1 } }),
        ...Array.from({ length: 100 }, (_, index) => notice({ event: 'dropped', causes: { [`cause ${index}`]: 1 } })),
        notice({ event: 'constructor' }),
        { name: 'pino-funnel', funnel: 7 },
      ),
      NOW,
    )
    expect(counters.dropped.size).toBeLessThanOrEqual(22)
    expect(counters.dropped.get('other')).toBeGreaterThan(100)
  })

  test('should have the delay of the last record of a portion', () => {
    const counters = new LogCounters()
    counters.add(portion({ time: NOW - 60_000 }, { time: NOW - 300 }), NOW)
    counters.add(portion({ time: NOW - 100_000 }), NOW)
    counters.add(portion({ time: NOW + 5000 }), NOW)
    counters.add(portion('no record'), NOW)
    const expected = DELAY_BOUNDS.map((bound) => (bound === 0.1 || bound === 0.5 ? 1 : 0))
    expect(counters.delays).toEqual([...expected, 1])
    expect(counters.delaySum).toBeCloseTo(100.3)
  })

  test('should have the delay until the file was written, not until it was read, unless its clock is another one', () => {
    const delayOf = (written: number): number => {
      const counters = new LogCounters()
      counters.add(portion({ time: NOW - 5000 }), NOW, written)
      return counters.delaySum
    }
    expect(delayOf(NOW - 4700)).toBeCloseTo(0.3)
    expect(delayOf(NOW - 5010)).toBe(0)
    expect(delayOf(NOW - 60_000)).toBe(5)
    expect(delayOf(NOW + 60_000)).toBe(5)
  })
})
