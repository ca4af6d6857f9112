// The word list: `node scripts/words.mjs [--count] [file or folder …]`. It lists words that the rules of language in
// CONTRIBUTING.md avoid, with what to write instead: in docs, in comments and in strings. Without arguments it checks everything
// that `npm test` checks; `--count` prints a number for each folder.
//
// rules.mjs has the words and their exceptions, prose.mjs knows what is prose in a file.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { root } from './process.mjs'
import { proseOf } from './words/prose.mjs'
import { allowed, rules } from './words/rules.mjs'

/**
 * @typedef {object} Finding
 * @property {string} file relative to the root
 * @property {number} line
 * @property {string} word
 * @property {string} advice
 */

/** What is checked: folders, and files at the top. */
const places = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs',
  'packages/channel',
  'packages/cli',
  'packages/ledger',
  'packages/level',
  'packages/listener',
  'packages/memory',
  'packages/reader',
  'packages/observe',
  'packages/ship',
  'packages/transport',
  'examples',
  'bench',
  'scripts',
  'test',
]
const leftOut = /(?:^|\/)(?:node_modules|dist|results|reports)(?:\/|$)|^scripts\/words|\.tsbuildinfo$/
const checked = /\.(?:md|[cm]?[jt]s|py)$|(?:^|\/)package\.json$/

/**
 * @param {string[]} [paths] files and folders, relative to the root
 * @returns {Finding[]}
 */
export function findWords(paths = places) {
  return paths.flatMap(filesOf).flatMap((file) => findWordsIn(file, readFileSync(join(root, file), 'utf8')))
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {Finding[]}
 */
export function findWordsIn(file, text) {
  const lines = text.split('\n')
  return proseOf(file, text).flatMap((piece, index, pieces) => {
    const next = pieces[index + 1]
    // A phrase may go on in the next line of a comment or a paragraph.
    const readOn = next?.line === piece.line + 1 ? `${piece.text} ${next.text.replace(/^[\s/*]+/, '')}` : piece.text
    return rules.flatMap(({ pattern, advice }) => {
      const match = pattern.exec(readOn)
      if (match === null || match.index >= piece.text.length || isAllowed(file, lines[piece.line - 1] ?? '')) return []
      return [{ file, line: piece.line, word: match[0].trim(), advice }]
    })
  })
}

/**
 * @param {Finding[]} findings
 * @returns {Map<string, number>} findings by folder
 */
function countByFolder(findings) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { file } of findings) counts.set(folderOf(file), (counts.get(folderOf(file)) ?? 0) + 1)
  return counts
}

/** @param {Finding} finding */
export const describeFinding = ({ file, line, word, advice }) => `${file}:${line}: ${word} → ${advice}`

/** @param {string} file */
function folderOf(file) {
  return dirname(file) === '.' ? file : dirname(file)
}

/** @param {string} file @param {string} line */
function isAllowed(file, line) {
  return allowed.some((each) => each.file === file && line.includes(each.line))
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesOf(path) {
  if (leftOut.test(path)) return []
  if (statSync(join(root, path)).isFile()) return checked.test(path) ? [path] : []
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => !entry.isSymbolicLink())
    .flatMap((entry) => filesOf(join(path, entry.name)))
}

if (resolve(argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const options = argv.slice(2)
  const paths = options.filter((option) => !option.startsWith('--')).map((path) => relative(root, resolve(path)) || '.')
  const findings = findWords(paths.length > 0 ? paths : places)
  if (options.includes('--count')) {
    for (const [folder, count] of countByFolder(findings)) console.log(String(count).padStart(5), folder)
  } else {
    for (const finding of findings) console.log(describeFinding(finding))
  }
  console.log(`${findings.length} found`)
  process.exitCode = findings.length > 0 ? 1 : 0
}
