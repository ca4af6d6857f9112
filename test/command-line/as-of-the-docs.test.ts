import { expect, test } from 'vitest'
import { asOfTheDocs } from './as-of-the-docs.ts'

test('an output should have the paths, times and pids of the examples', () => {
  const text = '/tmp/x-12/logs  21:07:44 2026-12-24T21:07:46.1\n30512  died after 30512 ms\n470 replaced 30512'
  expect(asOfTheDocs(text, '/tmp/x-12', [30_512, 470])).toBe(
    '/srv/shop/logs  14:46:00 2026-11-21T14:46:01.1\n9145   died after 9145 ms\n9146 replaced 9145',
  )
})
