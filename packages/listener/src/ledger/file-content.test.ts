import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../testing/channel.test-kit.ts'
import { contentOf } from './file-content.ts'

test('the content of a file should have its times, and how many records have which level', async () => {
  const path = join(temporaryDirectory(), 'app.1.log')
  const long = 'x'.repeat(100_000)
  const lines = [
    '{"level":30,"time":1795000002000}',
    '{"level":50,"time":1795000001000}',
    '    at Object.<anonymous> (app.js:1:1)',
    `{"level":30,"time":1795000009000,"msg":"${long}"}`,
    '{"level":30}',
  ]
  writeFileSync(path, lines.join('\n'))

  expect(await contentOf(path, new AbortController().signal)).toEqual({
    first: 1795000001000,
    last: 1795000009000,
    untimed: 2,
    levels: { 30: 3, 50: 1, other: 1 },
  })
})
