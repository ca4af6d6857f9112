import { describe, expect, test } from 'vitest'
import { levelOfLine, UNKNOWN_LEVEL } from './line-level.ts'

describe('levelOfLine', () => {
  test.each([
    ['{"level":30,"time":1}', 30],
    ['{"level":5}', 5],
    ['{"level":"warn","time":1}', 40],
    ['{"level":"ERROR"}', 50],
    ['{"level":"warning"}', 40],
    ['{"level":"emergency","time":1}', 60],
    ['{"time":1,"level":20}', 20],
    ['{"level":"verbose"}', UNKNOWN_LEVEL],
    ['{"level":"a name that is very long"}', UNKNOWN_LEVEL],
    ['{"level":null}', UNKNOWN_LEVEL],
    ['plain text', UNKNOWN_LEVEL],
    [' ', UNKNOWN_LEVEL],
    [`{"msg":"${'x'.repeat(300)}","level":30}`, UNKNOWN_LEVEL],
  ])('should read the level of %s', (line, level) => {
    const before = '{"level":60}\n'
    const lines = Buffer.from(`${before}${line}\n{"level":10}\n`)

    expect(levelOfLine(lines, before.length, before.length + line.length + 1)).toBe(level)
  })

  test('should not read the next line when the line has no level', () => {
    expect(levelOfLine(Buffer.from('{}\n{"level":30}\n'), 0, 3)).toBe(UNKNOWN_LEVEL)
  })
})
