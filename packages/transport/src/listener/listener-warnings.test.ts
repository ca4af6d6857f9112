import { expect, test } from 'vitest'
import { flushFailed } from './listener-warnings.ts'

test('a failed flush should say that another one can help, unless records may be lost', () => {
  const later = flushFailed('EMFILE: too many open files', false)
  expect([later.code, later.retry]).toEqual(['FUNNEL_CHANNEL_TROUBLE', true])
  expect(later.message).toContain('Records stay in it; flush again later')
  const lost = flushFailed('EIO: i/o error, fdatasync', true)
  expect([lost.code, lost.retry]).toEqual(['FUNNEL_RECORDS_LOST', false])
  expect(lost.message).not.toMatch(/stay|again/)
})
