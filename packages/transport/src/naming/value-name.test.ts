import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { nameOf, OTHER, VALUE } from './value-name.ts'

const PATTERN = `${VALUE}.log`
const HASHED = /^[\w-][\w.-]{0,47}-[0-9a-f]{12}\.log$/

describe('the name of the log file of a value', () => {
  test.each(['info', '35', 'acme', 'Acme-2', 'shop.example.com', '_', 'a'.repeat(64)])(
    'should be the value when it is %s',
    (value) => {
      expect(nameOf(value, PATTERN)).toBe(`${value}.log`)
    },
  )

  test.each([
    ['../../etc/passwd'],
    ['a/b'],
    ['a b'],
    ['.'],
    ['..'],
    ['.hidden'],
    ['a\0b'],
    ['Grüße'],
    ['\u{1f44b}'],
    ['a'.repeat(65)],
    [OTHER],
    ['acme-0123456789ab'],
  ])('should be safe, and distinct by a hash, when it is %j', (value) => {
    expect(nameOf(value, PATTERN)).toMatch(HASHED)
  })

  test.each([
    [`app.${VALUE}.log`, '1'],
    [`app.${VALUE}.log`, '10'],
    [`${VALUE}.log`, 'acme.1'],
    [`${VALUE}.log`, '10.1.2.3'],
    [VALUE, 'acme.1'],
    [VALUE, 'acme.1.log.gz'],
    [`app${VALUE}.log`, '.1'],
  ])('should not be that of a rotated file when it is %s and the value %s', (pattern, value) => {
    expect(nameOf(value, pattern)).toMatch(/-[0-9a-f]{12}/)
  })

  test('should be distinct by a hash for the sake of its own part only', () => {
    expect(nameOf('info', `v.2.${VALUE}.log`)).toBe('v.2.info.log')
    expect(nameOf('1', `app-${VALUE}.log`)).toBe('app-1.log')
    expect(nameOf('info', `app.${VALUE}.2.log`)).toBe('app.info.2.log')
  })

  test('should be one of its own for each value', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
      fc.constantFrom('a/b', 'a_b', 'a b', OTHER, '.', '..'),
    )
    fc.assert(
      fc.property(value, value, (one, another) => {
        const names = [one, another, nameOf(one, VALUE), nameOf(another, VALUE)].map((each) => nameOf(each, PATTERN))
        for (const name of names) expect(name).toMatch(/^[\w-][\w.-]*\.log$/)
        expect(names[0] === names[1]).toBe(one === another)
        // Nor has a value that looks like the name of another one the same.
        expect(names[2] === names[0]).toBe(nameOf(one, VALUE) === one)
      }),
    )
  })
})
