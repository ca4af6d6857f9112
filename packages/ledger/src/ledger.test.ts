import { expect, test } from 'vitest'
import { Ledger } from './ledger.ts'

test('a file should count as closed when it has got its name', () => {
  const ledger = new Ledger([
    { type: 'file', file: 1, base: 0, identity: '' },
    { type: 'length', file: 1, length: 100, name: 'app.1.log' },
  ])

  expect(ledger.last?.isClosed).toBe(true)
})
