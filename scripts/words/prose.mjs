/**
 * The prose of a file: what a person reads in it. In Markdown and Python that is every line; in package.json the description;
 * in code the comments, and the strings with a space in them. Names, keys and regular expressions are left out.
 *
 * @typedef {object} Piece
 * @property {number} line the line in the file, counted from 1, on which the piece begins
 * @property {string} text
 */

/**
 * @param {string} path
 * @param {string} text
 * @returns {Piece[]}
 */
export function proseOf(path, text) {
  if (path.endsWith('package.json')) return packageDescription(text)
  if (/\.[cm]?[jt]s$/.test(path)) return proseOfCode(text)
  return linesOf({ line: 1, text })
}

/** @param {string} text */
function packageDescription(text) {
  const line = text.split('\n').findIndex((each) => each.trimStart().startsWith('"description"')) + 1
  const { description = '' } = JSON.parse(text)
  return [{ line, text: description }]
}

/**
 * @param {Piece} piece
 * @returns {Piece[]}
 */
function linesOf({ line, text }) {
  return text.split('\n').map((each, index) => ({ line: line + index, text: each }))
}

/** What a `/` means: after one of these an expression begins, so that it opens a regular expression. */
const beforeExpression = /(?:^|[([{,;:=!&|?+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|await|yield|void))\s*$/

/**
 * A scanner that knows comments, strings, templates and regular expressions, and nothing else of the language.
 *
 * @param {string} code
 * @returns {Piece[]}
 */
export function proseOfCode(code) {
  /** @type {Piece[]} */
  const pieces = []
  let line = 1
  let counted = 0
  /** @param {number} from @param {number} to @param {boolean} isComment */
  const take = (from, to, isComment) => {
    const text = code.slice(from, to)
    line += newlines(code.slice(counted, from))
    counted = from
    if (isComment || /\S\s+\S/.test(text)) pieces.push(...linesOf({ line, text }))
  }
  /** Depths of braces at which a template goes on. @type {number[]} */
  const templates = []
  let braces = 0
  let at = 0
  const takeTemplate = () => {
    const from = at
    while (at < code.length && code[at] !== '`' && !code.startsWith('${', at)) at += code[at] === '\\' ? 2 : 1
    take(from, at, false)
    if (code[at] === '$') {
      templates.push(braces)
      braces++
      at += 2
    } else {
      at++
    }
  }
  while (at < code.length) {
    const char = code[at]
    if (code.startsWith('//', at)) {
      const end = indexOrEnd(code, '\n', at)
      take(at, end, true)
      at = end
    } else if (code.startsWith('/*', at)) {
      const end = indexOrEnd(code, '*/', at)
      take(at, end, true)
      at = end + 2
    } else if (char === "'" || char === '"') {
      const from = at++
      while (at < code.length && code[at] !== char && code[at] !== '\n') at += code[at] === '\\' ? 2 : 1
      take(from + 1, at++, false)
    } else if (char === '`') {
      at++
      takeTemplate()
    } else if (char === '/' && beforeExpression.test(code.slice(Math.max(0, at - 20), at))) {
      at = endOfRegularExpression(code, at)
    } else if (char === '{') {
      braces++
      at++
    } else if (char === '}') {
      braces--
      at++
      if (templates.at(-1) === braces) {
        templates.pop()
        takeTemplate()
      }
    } else {
      at++
    }
  }
  return pieces
}

/** @param {string} text */
const newlines = (text) => text.split('\n').length - 1

/** @param {string} text @param {string} wanted @param {number} from */
function indexOrEnd(text, wanted, from) {
  const index = text.indexOf(wanted, from)
  return index === -1 ? text.length : index
}

/** @param {string} code @param {number} at */
function endOfRegularExpression(code, at) {
  let isClass = false
  for (at++; at < code.length && code[at] !== '\n'; at++) {
    const char = code[at]
    if (char === '\\') at++
    else if (char === '[') isClass = true
    else if (char === ']') isClass = false
    else if (char === '/' && !isClass) return at + 1
  }
  return at
}
