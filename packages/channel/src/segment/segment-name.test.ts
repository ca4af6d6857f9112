import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listSegments, parseSegmentName, segmentFileName } from './segment-name.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../testing/mailbox.test-kit.ts'

const state = fc.constantFrom('plain' as const, 'mapped' as const, 'free' as const)

describe('segment names', () => {
  test('should be parsed to what they were made of, when the sequence is any that fits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999_999_999 }), state, (sequence, form) => {
        expect(parseSegmentName(segmentFileName(sequence, form))).toEqual({ sequence, state: form })
      }),
    )
  })

  test('should never throw, and give a safe sequence, when any text is parsed', () => {
    const nearly = fc.tuple(
      fc.string({ unit: fc.constantFrom('0', '9', '1', '-', ' ') }),
      fc.constantFrom('.plain', '.free', 'x'),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          nearly.map((parts) => parts.join('')),
        ),
        (text) => {
          expect(parseSegmentName(text)?.sequence ?? 0, JSON.stringify(text)).toSatisfy(Number.isSafeInteger)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test.each([
    '1.plain',
    '00000001.plain.tmp',
    '00000001.PLAIN',
    '-0000001.plain',
    '0000000000000001.plain',
    'header',
    '',
  ])('should be refused when the name is %j', (name) => {
    expect(parseSegmentName(name)).toBeUndefined()
  })

  test('should be listed oldest first, without free ones and strangers, when a mailbox has gone through many', () => {
    const mailbox = temporaryDirectory()
    for (const name of ['100000000.mapped', '00000009.plain', '00000010.mapped', '00000003.free', 'header', 'sealed']) {
      writeFileSync(join(mailbox, name), '')
    }
    mkdirSync(join(mailbox, 'life'))
    expect(listSegments(mailbox)).toEqual([
      { sequence: 9, form: 'plain' },
      { sequence: 10, form: 'mapped' },
      { sequence: 100_000_000, form: 'mapped' },
    ])
  })
})
