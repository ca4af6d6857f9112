import { describe, expect, test } from 'vitest'
import { resolveLifecycle } from './lifecycle-option.ts'

const DEFAULT = {
  records: {
    died: { level: 40 },
    replaced: { level: 40 },
    stalled: { level: 40 },
    stopped: { level: 40 },
    resumed: { level: 30 },
    left: { level: 30, how: 'unknown' },
    listener: { level: 40, how: 'lost' },
  },
  stallAfter: 1000,
}
const { died: _, ...withoutDied } = DEFAULT.records
const { left: __, ...withoutLeft } = DEFAULT.records

describe('the option lifecycle', () => {
  test.each([
    [undefined, DEFAULT],
    [{}, DEFAULT],
    [{ died: true, joined: undefined }, DEFAULT],
    [{ left: false }, { ...DEFAULT, records: withoutLeft }],
    [false, { records: {}, stallAfter: 1000 }],
    [
      true,
      {
        ...DEFAULT,
        records: { ...DEFAULT.records, joined: { level: 30 }, left: { level: 30 }, listener: { level: 40 } },
      },
    ],
    [
      { died: false, stallAfter: 100 },
      { records: withoutDied, stallAfter: 100 },
    ],
    [{ died: 'fatal' }, { ...DEFAULT, records: { ...DEFAULT.records, died: { level: 60 } } }],
    [{ left: 15 }, { ...DEFAULT, records: { ...DEFAULT.records, left: { level: 15 } } }],
    [
      { died: { message: '{program} ({worker}): {cause}' } },
      { ...DEFAULT, records: { ...DEFAULT.records, died: { level: 40, message: '{program} ({worker}): {cause}' } } },
    ],
  ])('should be taken when it is %j', (lifecycle, expected) => {
    expect(resolveLifecycle({ lifecycle })).toEqual(expected)
  })

  test.each([
    [null, /'lifecycle' must be true, false, or an object/],
    ['died', /'lifecycle' must be true, false, or an object/],
    [[], /'lifecycle' must be true, false, or an object/],
    [{ dead: true }, /'lifecycle' has no 'dead'; it has joined, left, died/],
    [{ died: 'loud' }, /'lifecycle\.died' must be .*levels are trace, debug.*; got 'loud'/],
    [{ died: -1 }, /'lifecycle\.died' must be/],
    [{ died: null }, /'lifecycle\.died' must be/],
    [{ died: { colour: 'red' } }, /'lifecycle\.died' must be true, false, a level, or \{ level, message \}/],
    [{ died: { message: 7 } }, /'lifecycle\.died' must be a message that is text; got 7/],
    [{ joined: { message: '{cause}' } }, /'lifecycle\.joined' must be a message with \{worker\}.* only/],
    [{ stallAfter: 99 }, /'lifecycle\.stallAfter' must be a whole number of milliseconds from 100 on; got 99/],
  ])('should be refused when it is %j', (lifecycle, message) => {
    expect(() => resolveLifecycle({ lifecycle })).toThrow(message)
  })
})
