/**
 * A scanner that knows comments, strings, templates and regular expressions of JavaScript and TypeScript, and nothing else.
 *
 * @typedef {object} Token a comment, or a string or template
 * @property {'comment' | 'text'} kind
 * @property {number} from
 * @property {number} to behind it
 * @property {[number, number][]} parts what stands in it: one, or those of a template between its values
 */

/** Before a `/`: after one of these an expression begins, so that it opens a regular expression. */
const beforeExpression = /(?:^|[([{,;:=!&|?+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|await|yield|void))\s*$/

/**
 * @param {string} code
 * @returns {Token[]} in the order in which they begin
 */
export function tokensOf(code) {
  /** @type {Token[]} */
  const tokens = []
  scan(code, 0, tokens, false)
  return tokens
}

/**
 * @param {string} code
 * @param {number} at
 * @param {Token[]} tokens
 * @param {boolean} isInTemplate
 * @returns {number} where the brace stands that closes a value in a template, otherwise the end
 */
function scan(code, at, tokens, isInTemplate) {
  for (let depth = 0; at < code.length;) {
    const char = code[at]
    if (code.startsWith('//', at)) {
      const to = indexOrEnd(code, '\n', at)
      tokens.push({ kind: 'comment', from: at, to, parts: [[at, to]] })
      at = to
    } else if (code.startsWith('/*', at)) {
      const to = indexOrEnd(code, '*/', at)
      tokens.push({ kind: 'comment', from: at, to, parts: [[at, to]] })
      at = to + 2
    } else if (char === "'" || char === '"') {
      const to = endOfText(code, at + 1, (end) => code[end] === char || code[end] === '\n')
      tokens.push({ kind: 'text', from: at, to: to + 1, parts: [[at + 1, to]] })
      at = to + 1
    } else if (char === '`') {
      at = scanTemplate(code, at, tokens)
    } else if (char === '/' && beforeExpression.test(code.slice(Math.max(0, at - 20), at))) {
      at = endOfRegularExpression(code, at)
    } else {
      if (char === '}' && depth === 0 && isInTemplate) return at
      if (char === '{') depth += 1
      if (char === '}') depth -= 1
      at += 1
    }
  }
  return at
}

/** @param {string} code @param {number} from @param {Token[]} tokens */
function scanTemplate(code, from, tokens) {
  /** @type {Token} */
  const token = { kind: 'text', from, to: from, parts: [] }
  tokens.push(token)
  for (let at = from + 1; ;) {
    const to = endOfText(code, at, (end) => code[end] === '`' || code.startsWith('${', end))
    token.parts.push([at, to])
    if (code[to] !== '$') return (token.to = to + 1)
    at = scan(code, to + 2, tokens, true) + 1
  }
}

/** @param {string} code @param {number} at @param {(at: number) => boolean} isEnd */
function endOfText(code, at, isEnd) {
  while (at < code.length && !isEnd(at)) at += code[at] === '\\' ? 2 : 1
  return at
}

/** @param {string} text @param {string} wanted @param {number} from */
function indexOrEnd(text, wanted, from) {
  const index = text.indexOf(wanted, from)
  return index === -1 ? text.length : index
}

/** @param {string} code @param {number} at */
function endOfRegularExpression(code, at) {
  let isClass = false
  for (at += 1; at < code.length && code[at] !== '\n'; at += 1) {
    const char = code[at]
    if (char === '\\') at += 1
    else if (char === '[') isClass = true
    else if (char === ']') isClass = false
    else if (char === '/' && !isClass) return at + 1
  }
  return at
}
