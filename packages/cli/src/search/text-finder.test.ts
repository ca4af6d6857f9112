import { expect, test } from 'vitest'
import { TextFinder } from './text-finder.ts'

const LINES = Buffer.from('{"level":30,"msg":"the request is completed"}\n'.repeat(100))

test.each(['a', 'zz', 'xy', 'request is', 'is not completed', 'a needle in the request', '{"level":30,"msg":"'])(
  'should find %j where it is, and nowhere else',
  (text) => {
    const finder = new TextFinder(Buffer.from(text))
    // The first bytes decide which part it searches for.
    for (const lines of [LINES, Buffer.concat([LINES, Buffer.from(text)]), Buffer.from(text), LINES]) {
      expect(finder.isIn(lines)).toBe(lines.includes(text))
    }
  },
)
