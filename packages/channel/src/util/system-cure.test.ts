import { describe, expect, test } from 'vitest'
import { systemCure, systemCureIn } from './system-cure.ts'

const CODES = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EMFILE', 'ENFILE', 'EAGAIN', 'EIO', 'EACCES']

describe('the cure for an error of the system', () => {
  test.each(CODES)('should be a sentence of its own for %s, also when it comes as text', (code) => {
    const cure = systemCure(Object.assign(new Error('x'), { code }))
    expect(cure).toMatch(/^ [A-Z].*\.$/)
    expect(systemCureIn(`${code}: no luck, write`)).toBe(cure)
    expect(CODES.filter((other) => systemCureIn(other) === cure)).toEqual([code])
  })

  test('should be none for an error that is not known', () => {
    expect(systemCure(new Error('x'))).toBe('')
    expect(systemCure(undefined)).toBe('')
    expect(systemCureIn('The log file app.log is not a regular file')).toBe('')
  })
})
