/**
 * The prose of a file: what a person reads in it. In Markdown and Python that is every line; in package.json the description;
 * in code the comments, and the strings with a space in them. Names, keys and regular expressions are left out.
 *
 * @typedef {object} Piece
 * @property {number} line the line in the file, counted from 1, on which the piece begins
 * @property {string} text
 */
import { tokensOf } from './tokens.mjs'

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

/** @param {string} code */
function proseOfCode(code) {
  let line = 1
  let counted = 0
  return tokensOf(code)
    .flatMap(({ kind, parts }) => parts.map(([from, to]) => ({ kind, from, text: code.slice(from, to) })))
    .sort((a, b) => a.from - b.from)
    .flatMap(({ kind, from, text }) => {
      line += code.slice(counted, from).split('\n').length - 1
      counted = from
      return kind === 'comment' || /\S\s+\S/.test(text) ? linesOf({ line, text }) : []
    })
}
