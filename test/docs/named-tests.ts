/** The tests that a page of the docs names, and the tests that exist. */
import { basename } from 'node:path'
import { filesIn } from './source.ts'

/** A test as a page names it: `file`: "title". */
export interface NamedTest {
  /** The name of its file without `.test.ts`. */
  readonly file: string
  /** The title of a test or of a group of tests. `…` stands for parts that are left out. */
  readonly title: string
}

export interface Naming {
  readonly files: readonly string[]
  readonly folders: readonly string[]
  readonly tests: readonly NamedTest[]
}

/** A title in quotes, or a name as code; a title may itself have code in it. */
const TOKEN = /"([^"]+)"|`([^`]+)`/g
const TEST_FILE = /^[a-z][a-z0-9-]*$/

/** Reads which tests a text names. Every word of code is a file, but for commands such as `npm test`. */
export function namedTests(text: string): Naming {
  const files: string[] = []
  const folders: string[] = []
  const tests: NamedTest[] = []
  for (const [, title, code] of text.matchAll(TOKEN)) {
    if (code !== undefined && TEST_FILE.test(code)) files.push(code)
    if (code?.startsWith('test/')) folders.push(code)
    if (title !== undefined) tests.push({ file: files.at(-1) ?? '', title })
  }
  return { files, folders, tests }
}

/** The text of each test file, by the file's name without `.test.ts`. Files of one name are one text. */
export function testFiles(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { path, text } of ['packages', 'test', 'bench'].flatMap((place) => filesIn(place, /\.test\.ts$/))) {
    const name = basename(path, '.test.ts')
    found.set(name, (found.get(name) ?? '') + text)
  }
  return found
}

/** Whether a test file has a test, or a group of tests, with this title; `…` in it is any text. */
export function hasTitle(text: string, title: string): boolean {
  const pattern = title.split('…').map(asInSource).join('.*')
  return new RegExp(`(['"\`])${pattern}\\1`).test(text)
}

/** Placeholders are quoted as they are in the source. Quotation marks may be escaped there. */
function asInSource(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/['"`]/g, '\\\\?$&')
}
