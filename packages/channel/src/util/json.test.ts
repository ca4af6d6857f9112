import { describe, expect, test } from 'vitest'
import { findNonJson } from './json.ts'

class Secret {
  readonly shown = 1
}

function nested(levels: number): unknown {
  return levels === 0 ? 'core' : { in: nested(levels - 1) }
}

describe('a value that is to go through JSON', () => {
  test('should be refused when it has more levels than any option, by the path of what lies too deep', () => {
    expect(findNonJson(nested(20), 'a')).toBeUndefined()
    expect(findNonJson(nested(21), 'a')?.path).toBe(`a${'.in'.repeat(20)}`)
  })

  test('should be refused when it is of a class, whose private state JSON does not have', () => {
    expect(findNonJson({ b: [new Secret()] }, 'a')?.path).toBe('a.b[0]')
  })
})
