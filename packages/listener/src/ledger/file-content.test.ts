import { MAX_LINE_BYTES } from '@pino-funnel/channel'
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
    '{"level":30,"job":{"time":5},"time":1795000003000}',
  ]
  writeFileSync(path, lines.join('\n'))

  expect(await contentOf(path, new AbortController().signal)).toEqual({
    first: 1795000001000,
    last: 1795000009000,
    untimed: 3,
    levels: { 30: 4, 50: 1, other: 1 },
  })
})

test('the content of a file should be counted without what is too long for a record, and with few levels', async () => {
  const path = join(temporaryDirectory(), 'app.1.log')
  const levels = Array.from({ length: 70 }, (_, level) => `{"level":${level},"time":1795000001000}\n`)
  const long = `{"level":30,"time":1,"msg":"${'x'.repeat(MAX_LINE_BYTES)}"}\n`
  writeFileSync(path, [long, ...levels, long].join(''))

  const content = await contentOf(path, new AbortController().signal)

  expect(content).toMatchObject({ first: 1795000001000, untimed: 2 })
  expect(Object.keys(content.levels)).toHaveLength(64)
  expect(content.levels['other']).toBe(9)
})
