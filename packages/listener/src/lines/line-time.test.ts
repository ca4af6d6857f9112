import { describe, expect, test } from 'vitest'
import { LineTimes } from './line-time.ts'

const TIME = 1_763_700_000_123
const ISO = new Date(TIME).toISOString()

function read(line: string, times = new LineTimes()): number {
  const bytes = Buffer.from(`before\n${line}\n{"time":1}\n`)
  return times.read(bytes, 'before\n'.length, 'before\n'.length + line.length + 1)
}

describe('LineTimes', () => {
  test.each([
    ['milliseconds', `{"level":30,"time":${TIME},"msg":"hi"}`, TIME],
    ['milliseconds with a fraction', `{"level":30,"time":${TIME}.75,"msg":"hi"}`, TIME],
    ['seconds', `{"level":30,"time":1763700000,"msg":"hi"}`, 1_763_700_000_000],
    ['ISO 8601', `{"level":30,"time":"${ISO}","msg":"hi"}`, TIME],
    ['another place', `{"level":"a level with a long name","time":${TIME}}`, TIME],
    ['nothing', `{"level":30,"msg":"hi"}`, NaN],
    ['no JSON', 'hi', NaN],
    ['a time in the text of a message', `{"level":30,"msg":"{\\"time\\":5}"}`, NaN],
    ['a time of null', `{"level":30,"time":null}`, NaN],
    ['a text that is not a time', `{"level":30,"time":"noon"}`, NaN],
    ['a text without an end', `{"level":30,"time":"${ISO}`, NaN],
  ])('should read the time of a line with %s', (_, line, expected) => {
    expect(read(line)).toBe(expected)
  })

  test('should search again when the time is not where the line before had it', () => {
    const times = new LineTimes()
    expect(read(`{"level":30,"time":${TIME}}`, times)).toBe(TIME)
    expect(read(`{"time":${TIME + 1}}`, times)).toBe(TIME + 1)
    expect(read('{}', times)).toBeNaN()
    expect(read(`{"level":"info","time":${TIME + 2}}`, times)).toBe(TIME + 2)
  })

  test('should find no time when it stands late in a long line', () => {
    expect(read(`{"msg":"${'.'.repeat(1000)}","time":${TIME}}`)).toBeNaN()
  })
})
