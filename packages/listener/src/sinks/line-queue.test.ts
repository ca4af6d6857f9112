import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineQueue } from './line-queue.ts'

const MIB = 1024 * 1024

function append(queue: LineQueue, text: string): boolean {
  const bytes = Buffer.from(text)
  if (!queue.makeRoom(bytes.length)) return false
  queue.append(bytes, 0, bytes.length)
  return true
}

describe('LineQueue', () => {
  test('should give lines in their order, once, when they are taken', () => {
    const queue = new LineQueue(MIB)
    append(queue, 'a\n')
    append(queue, 'b\n')

    expect(queue.next()?.toString()).toBe('a\nb\n')
    expect(queue.next()).toBeUndefined()
    expect(queue).toMatchObject({ waiting: 0, inFlight: 4 })
  })

  test('should leave alone what was sent when more is appended to the same block', () => {
    const queue = new LineQueue(MIB)
    append(queue, 'a\n')
    const sent = queue.next()
    append(queue, 'b\n')

    expect(sent?.toString()).toBe('a\n')
    expect(queue.next()?.toString()).toBe('b\n')
  })

  test('should never take more memory than it may when nothing is confirmed', () => {
    const queue = new LineQueue(MIB)
    const line = `${'x'.repeat(999)}\n`
    let appended = 0
    while (append(queue, line)) appended += 1

    expect(queue.allocated).toBe(MIB)
    expect(appended).toBeGreaterThan(900)
  })

  test('should free memory when what is in it is confirmed', () => {
    const queue = new LineQueue(MIB)
    append(queue, 'a\n')
    queue.next()

    queue.confirm(2)

    expect(queue).toMatchObject({ allocated: 0, inFlight: 0, waiting: 0 })
  })

  test('should hold a line that is longer than a block in one piece', () => {
    const queue = new LineQueue(MIB)
    const line = `${'x'.repeat(300_000)}\n`
    append(queue, 'a\n')

    expect(append(queue, line)).toBe(true)
    expect(queue.next()?.toString()).toBe('a\n')
    expect(queue.next()?.toString()).toBe(line)
  })

  test('should refuse a line when it is longer than all of the queue', () => {
    expect(append(new LineQueue(MIB), 'x'.repeat(MIB + 1))).toBe(false)
  })

  test('should give up what is in flight, and keep what waits, when the receiver is gone', () => {
    const queue = new LineQueue(MIB)
    append(queue, 'a\nb\n')
    queue.next()
    append(queue, 'c\n')
    queue.confirm(2)
    const lost: string[] = []

    queue.forfeit((lines) => lost.push(lines.toString()))

    expect(lost).toEqual(['b\n'])
    expect(queue.inFlight).toBe(0)
    expect(queue.next()?.toString()).toBe('c\n')
  })

  test('should not write where a write of the last receiver may be under way when that is gone', () => {
    const queue = new LineQueue(MIB)
    append(queue, 'a\n')
    const sent = queue.next()
    queue.forfeit(() => {})

    append(queue, 'b\n')

    expect(sent?.toString()).toBe('a\n')
  })

  test('should give each byte to one of its ways, in order, whatever happens in which order', () => {
    type Step = { do: 'append'; length: number } | { do: 'next' | 'forfeit' } | { do: 'confirm'; part: number }
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ do: fc.constant('append' as const), length: fc.integer({ min: 1, max: 90_000 }) }),
      fc.record({ do: fc.constant('next' as const) }),
      fc.record({ do: fc.constant('confirm' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ do: fc.constant('forfeit' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new LineQueue(MIB)
        let appended = 0
        let sent = 0
        let settled = 0
        for (const one of steps) {
          if (one.do === 'append' && queue.makeRoom(one.length)) {
            queue.append(Buffer.alloc(one.length, appended % 251), 0, one.length)
            appended += one.length
          }
          if (one.do === 'next') sent += queue.next()?.length ?? 0
          if (one.do === 'confirm') {
            const bytes = Math.floor(queue.inFlight * one.part)
            queue.confirm(bytes)
            settled += bytes
          }
          if (one.do === 'forfeit') queue.forfeit((lines) => (settled += lines.length))
          expect(queue.allocated).toBeLessThanOrEqual(MIB)
          expect(queue.inFlight).toBe(sent - settled)
          expect(queue.waiting).toBe(appended - sent)
        }
      }),
    )
  })
})
