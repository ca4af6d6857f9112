import { describe, expect, test } from 'vitest'
import { checkPackage, checkSources, packagesWithRooms } from './rooms.mjs'

const rooms = ['.', 'upper', 'lower']

/** @param {Record<string, string>} files */
function check(files) {
  return checkSources(
    Object.entries({ 'index.ts': '', 'upper/a.ts': '', 'lower/b.ts': '', ...files }).map(([path, text]) => ({
      path,
      text,
    })),
    rooms,
  )
}

describe('rooms', () => {
  test.each(packagesWithRooms())('should be in order in packages/%s', (name) => {
    expect(checkPackage(name)).toEqual([])
  })

  test('should accept an import of a room further down', () => {
    expect(check({ 'upper/a.ts': "import { b } from '../lower/b.ts'" })).toEqual([])
  })

  test.each([
    ['a value', "import { a } from '../upper/a.ts'"],
    ['a type', "import type { A } from '../upper/a.ts'"],
    ['an export', "export * from '../upper/a.ts'"],
    ['a module at run time', "await import('../upper/a.ts')"],
  ])('should refuse an import of %s from a room further up', (_, text) => {
    expect(check({ 'lower/b.ts': text })).toEqual(['lower/b.ts imports ../upper/a.ts; lower/ lies below upper/'])
  })

  test('should refuse an import of a file that lies in src itself', () => {
    expect(check({ 'lower/b.ts': "import '../index.ts'" })).toEqual([
      'lower/b.ts imports ../index.ts; lower/ lies below ./',
    ])
  })

  test('should refuse a folder that the table does not have', () => {
    expect(check({ 'attic/c.ts': '' })).toEqual(['attic/ is missing in scripts/rooms.mjs'])
  })

  test('should refuse a folder of more than ten files, and a file of more than 300 lines', () => {
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`lower/${index}.ts`, '']))
    expect(check({ ...eleven, 'upper/a.ts': '\n'.repeat(301) })).toEqual([
      'lower/ has 12 files; 10 are allowed',
      'upper/a.ts has 301 lines; 300 are allowed',
    ])
  })
})
