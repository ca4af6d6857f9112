import { expect, test } from 'vitest'
import { readFile } from './source.ts'

/** Groups of tests that `npm test` has as a whole. */
const WHOLE = ['unit', 'process', 'consumer', 'bench']

test('CI should run each night what npm test takes a sample of', () => {
  const { scripts } = JSON.parse(readFile('package.json').text) as { scripts: Record<string, string> }
  const groups = Object.keys(scripts).flatMap((name) => /^test:(.*)/.exec(name)?.[1] ?? [])
  const [, nightly = ''] = readFile('.github/workflows/ci.yml').text.split(/^ {2}campaigns:$/m)
  const [, listed = ''] = /^ {8}campaign:\n((?: {10}- \S+\n)+)/m.exec(nightly) ?? []

  expect(nightly).toContain('npm run test:${{ matrix.campaign }}')
  expect([...(listed.match(/[\w-]+(?=\n)/g) ?? []), ...WHOLE].toSorted()).toEqual(groups.toSorted())
})
