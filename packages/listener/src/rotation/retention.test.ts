import type { RetentionLimit } from '@pino-funnel/channel'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { removals, type DiskUse, type RotatedFile } from './retention.ts'

const NOW = 1_790_000_000_000

/** Files of 100 bytes, a second between each two, the last one a second old. */
function filesOf(count: number): RotatedFile[] {
  return Array.from({ length: count }, (_, index) => {
    return fileOf(index + 1, 100, NOW - (count - index) * 1000)
  })
}

function fileOf(number: number, bytes: number, modified: number): RotatedFile {
  return { name: `app.${number}.log`, original: `app.${number}.log`, number, compression: undefined, bytes, modified }
}

function useOf(rotated: readonly RotatedFile[], changes: Partial<DiskUse> = {}): DiskUse {
  return { rotated, current: 100, free: Infinity, now: NOW, ...changes }
}

/** Which go, by number and reason. */
function removed(use: DiskUse, limit: RetentionLimit): [number, string][] {
  return removals(use, limit).map(({ file, reason }) => [file.number, reason])
}

/** Whether nothing more has to go. */
function isSatisfied({ rotated, current, free, now }: DiskUse, limit: RetentionLimit): boolean {
  const bytes = rotated.reduce((sum, file) => sum + file.bytes, current)
  const oldest = rotated[0]
  return (
    rotated.length <= (limit.count ?? Infinity) &&
    bytes <= (limit.bytes ?? Infinity) &&
    free >= (limit.free ?? 0) &&
    (oldest === undefined || now - oldest.modified <= (limit.age ?? Infinity))
  )
}

describe('retention', () => {
  test.each<[string, RetentionLimit, Partial<DiskUse>, [number, string][]]>([
    ['there is no limit', {}, { free: 0 }, []],
    ['there are as many as may be', { count: 4 }, {}, []],
    [
      'there are more than may be',
      { count: 2 },
      {},
      [
        [1, 'count'],
        [2, 'count'],
      ],
    ],
    [
      'none may be',
      { count: 0 },
      {},
      [
        [1, 'count'],
        [2, 'count'],
        [3, 'count'],
        [4, 'count'],
      ],
    ],
    ['they have as many bytes as may be, with the file being written', { bytes: 500 }, {}, []],
    ['they have a byte too many', { bytes: 499 }, {}, [[1, 'bytes']]],
    [
      'the file being written has all the bytes alone',
      { bytes: 500 },
      { current: 800 },
      [
        [1, 'bytes'],
        [2, 'bytes'],
        [3, 'bytes'],
        [4, 'bytes'],
      ],
    ],
    ['one is just old enough to stay', { age: 4000 }, {}, []],
    [
      'two are too old',
      { age: 2999 },
      {},
      [
        [1, 'age'],
        [2, 'age'],
      ],
    ],
    ['as much is free as should be', { free: 1000 }, { free: 1000 }, []],
    [
      'too little is free',
      { free: 1000 },
      { free: 850 },
      [
        [1, 'free'],
        [2, 'free'],
      ],
    ],
    [
      'each limit asks for one more',
      { count: 3, age: 2999, bytes: 250, free: 1000 },
      { free: 650 },
      [
        [1, 'count'],
        [2, 'age'],
        [3, 'bytes'],
        [4, 'free'],
      ],
    ],
  ])('should choose the oldest when %s', (_what, limit, changes, expected) => {
    expect(removed(useOf(filesOf(4), changes), limit)).toEqual(expected)
  })

  test('should keep all when the clock was set back, so that they seem to be of the future', () => {
    expect(removed(useOf(filesOf(4), { now: NOW - 86_400_000 }), { age: 1000 })).toEqual([])
  })

  test('should satisfy all limits or leave nothing, and remove none too many, when there are any files and limits', () => {
    const amount = fc.nat({ max: 1000 })
    const files = fc.array(fc.record({ bytes: amount, age: amount, step: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 12,
    })
    const limits = fc.record(
      { count: fc.nat({ max: 12 }), bytes: fc.nat({ max: 5000 }), age: amount, free: amount },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(files, amount, amount, limits, (all, current, free, limit) => {
        let number = 0
        const rotated = all.map(({ bytes, age, step }) => fileOf((number += step), bytes, NOW - age))
        const gone = removals(useOf(rotated, { current, free }), limit).map(({ file }) => file)
        expect(gone, 'an older one stays').toEqual(rotated.slice(0, gone.length))
        const states = [...gone.keys(), gone.length].map((count) => {
          const freed = gone.slice(0, count).reduce((sum, { bytes }) => sum + bytes, 0)
          return useOf(rotated.slice(count), { current, free: free + freed })
        })
        const last = states.pop() as DiskUse
        expect(last.rotated.length === 0 || isSatisfied(last, limit), 'what stays is within the limits').toBe(true)
        expect(
          states.some((state) => isSatisfied(state, limit)),
          'fewer would have been enough',
        ).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})
