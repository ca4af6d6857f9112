import { DEFAULT_LOG_OPTIONS, type LogOptions } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
import { patience } from '../testing/channel.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'

const RENDERED: LogOptions = {
  ...DEFAULT_LOG_OPTIONS,
  format: { type: 'text', template: '{msg}', timeZone: 'UTC', customLevels: {} },
}

describe('the counts of a mailbox', patience, () => {
  test.each([
    ['as it is', DEFAULT_LOG_OPTIONS],
    ['sorted by time', { ...DEFAULT_LOG_OPTIONS, order: { window: 10 } }],
    ['rendered', RENDERED],
  ])('should be right whichever listener asks, when the log is %s', async (_how, options) => {
    const first = new Scene()
    const writer = first.join(options)
    await first.write(writer, 'one\n', 'two\n')
    expect(first.entryOf(writer).status(null)).toMatchObject({ records: 2, bytes: 8 })

    const second = first.diesInMidWrite(3)
    expect(second.entryOf(writer).status(null)).toMatchObject({ records: 2, bytes: 8, last: null })
    await second.write(writer, 'three\n')

    const third = second.succeed()
    expect(third.text).toBe('one\ntwo\nthree\n')
    expect(third.entryOf(writer).status(null)).toMatchObject({ records: 3, bytes: 14, last: null })
    expect(third.entryOf(writer).bytes, 'of this listener alone').toBe(0)
  })
})
