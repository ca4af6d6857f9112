import { describe, expect, test } from 'vitest'
import { Durability } from './durability.ts'

function durability(...policies: Parameters<Durability['add']>[0][]): Durability {
  const result = new Durability()
  for (const policy of policies) result.add(policy)
  return result
}

describe('Durability', () => {
  test('should want nothing when no writer does', () => {
    const never = durability('never', 'never')
    expect(never.isWanted).toBe(false)
    expect(never.interval).toBe(Infinity)
    expect(never.demandsSync(Buffer.from('{"level":60}\n'))).toBe(false)
  })

  test('should take the strictest policy of each kind when writers differ', () => {
    const strict = durability({ interval: 500 }, 'never', { level: 60 }, { interval: 100 }, { level: 50 })
    expect(strict.isWanted).toBe(true)
    expect(strict.interval).toBe(100)
    expect(strict.demandsSync(Buffer.from('{"level":50}\n'))).toBe(true)
    expect(strict.demandsSync(Buffer.from('{"level":40}\n'))).toBe(false)
  })

  test.each([
    ['a lower level', '{"level":30,"msg":"x"}\n', false],
    ['that level', '{"level":50,"msg":"x"}\n', true],
    ['a higher level', '{"level":60,"msg":"x"}\n', true],
    ['a level of its own in between', '{"level":49}\n{"level":51}\n', true],
    ['the last line only', '{"level":30}\n{"level":30}\n{"level":50}\n', true],
    ['none of many lines', '{"level":30}\n{"level":30}\n{"level":40}\n', false],
    ['a lower level by name', '{"level":"debug"}\n', false],
    ['that level by name', '{"level":"error"}\n', true],
    ['a level by a name that pino has not', '{"level":"audit"}\n', true],
    ['no level', '{"msg":"x"}\n', true],
    ['no level, but the next line does', '{"msg":"x"}\n{"level":30}\n', true],
    ['nothing at all', '', false],
  ])('should decide by the levels of the lines when these are %s', (_what, lines, expected) => {
    expect(durability({ level: 50 }).demandsSync(Buffer.from(lines))).toBe(expected)
  })
})
