import { describe, expect, test } from 'vitest'
import { describeFinding, findWords, findWordsIn } from './words.mjs'

describe('word list', () => {
  test('should find no word to avoid when docs, comments and strings are read', () => {
    expect(findWords().map(describeFinding)).toEqual([])
  })

  test('should find a word in comments and strings, and leave code alone, when a program is read', () => {
    const program = [
      'const wishes = tell(wish) // somebody',
      "const text = 'a wish that is told'",
      "const key = 'wish'",
      'const pattern = /a wish/',
      'const nested = `the ${wish(`inner`, {})} is no answer`',
      '/* one of',
      ' * which is long */',
    ].join('\n')

    expect(findWordsIn('a.ts', program).map(({ line, word }) => [line, word])).toEqual([
      [1, 'somebody'],
      [2, 'wish'],
      [2, 'told'],
      [5, 'is no a'],
      [6, 'of which'],
    ])
  })

  test.each([
    'no more than 32 of them, no more file descriptors',
    'the name is looked up, and looks like a worker',
    'there is no lock; it is no longer there',
    'who listens, who logs, what waits',
  ])('should find nothing when words are used well: %s', (text) => {
    expect(findWordsIn('a.md', text)).toEqual([])
  })

  test.each([
    'Who logs waits for nobody.',
    'It waits. Who leads writes.',
    'it serves; who stays silent is disconnected',
    'and to who takes its place',
    'it writes no more.',
    'a name that is no file name',
    'Besides, it is written anew, and told at present.',
  ])('should find something when a rule is broken: %s', (text) => {
    expect(findWordsIn('a.md', text)).not.toEqual([])
  })
})
