import { describe, expect, test } from 'vitest'
import { page, rows } from './markdown.ts'
import { hasTitle, namedTests, testFiles } from './named-tests.ts'
import { exists } from './source.ts'

const files = testFiles()

/** Folders, test files and titles that a text names and that do not exist. */
function missing(text: string): string[] {
  const { files: named, folders, tests } = namedTests(text)
  const noFolders = folders.filter((folder) => !exists(folder)).map((folder) => `no folder ${folder}`)
  const noFiles = named.filter((file) => !files.has(file)).map((file) => `no file ${file}.test.ts`)
  const noTests = tests
    .filter(({ file, title }) => !hasTitle(files.get(file) ?? '', title))
    .map(({ file, title }) => `no title "${title}" in ${file}.test.ts`)
  return [...noFolders, ...noFiles, ...noTests]
}

describe('docs/shown-by.md', () => {
  const ids = Array.from(page('guarantees.md').text.matchAll(/^\| ([A-Z]\d+) \|/gm), ([, id = '']) => id)
  const shown = Array.from(page('shown-by.md').text.matchAll(/^- ([A-Z]\d+): (.*)$/gm), ([, id = '', by = '']) => ({
    id,
    by,
  }))

  test('should have one list entry for each row of guarantees.md, in its order', () => {
    expect(ids.length).toBeGreaterThan(0)
    expect(shown.map(({ id }) => id)).toEqual(ids)
  })

  test('should name at least one test for each guarantee', () => {
    expect(shown.filter(({ by }) => namedTests(by).files.length === 0)).toEqual([])
  })

  test.each(shown)('should name only tests that exist, for $id', ({ by }) => {
    expect(missing(by)).toEqual([])
  })
})

describe('docs/scenarios.md', () => {
  const scenarios = Array.from(
    page('scenarios.md').text.matchAll(/^\| (S\d+) \|.*\| ([^|]+) \|$/gm),
    ([, id = '', by = '']) => ({ id, by }),
  )

  test('should name at least two tests for each scenario: its example, and one that goes further', () => {
    expect(scenarios.length).toBeGreaterThan(0)
    expect(scenarios.filter(({ by }) => !/`.*`.*`.*`/.test(by))).toEqual([])
  })

  test.each(scenarios)('should name only tests that exist, for $id', ({ by }) => {
    expect(missing(by)).toEqual([])
  })
})

describe('docs/environments.md', () => {
  const environments = rows(page('environments.md')).filter(([name]) => name !== 'environment')

  test('should name a test for each environment, or say that it was not run', () => {
    const unshown = environments.filter(([, , by = '']) => namedTests(by).files.length === 0 && !/not run/.test(by))
    expect(environments.length).toBeGreaterThan(0)
    expect(unshown).toEqual([])
  })

  test.each(environments)('should name only tests that exist, for %s', (_name, _holds, by = '') => {
    expect(missing(by)).toEqual([])
  })
})

describe('docs/containers.md', () => {
  const lines = page('containers.md').text.match(/^(?:Run by: .*|.* was run\..*|.* was not run\. .*)$/gm) ?? []

  test('should say what was run at the end of each recipe', () => {
    const sections = page('containers.md').text.split(/^## /m).slice(1)
    expect(sections.filter((section) => !/^Run by: |was not run/m.test(section))).toEqual([])
  })

  test.each(lines)('should name only tests that exist: %s', (line) => {
    expect(missing(line)).toEqual([])
  })
})
