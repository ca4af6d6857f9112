/**
 * Minifies a bundle into lines of some hundred characters. When an exception ends a process, Node.js prints the line that
 * it was thrown in before its message: of a bundle in one line, that is the whole bundle.
 */
import { RolldownMagicString } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'
import { minifySync } from 'rolldown/utils'

/** A line goes on to the next place where it may be broken. */
const LINE_CHARACTERS = 120

/**
 * @param {import('rolldown/utils').MinifyOptions} options
 * @returns {import('rolldown').Plugin[]}
 */
export function minifyIntoLines(options) {
  return [
    {
      name: 'minify',
      renderChunk: (code, { fileName }) => {
        const { code: minified, map, errors } = minifySync(fileName, code, { ...options, sourcemap: true })
        if (errors.length > 0) throw new Error(`${fileName} can't be minified: ${errors[0].message}`)
        return { code: minified, map }
      },
    },
    {
      name: 'lines',
      renderChunk: (code) => {
        const changed = new RolldownMagicString(code)
        let begin = 0
        for (const place of breaksOf(code)) {
          begin = Math.max(begin, code.lastIndexOf('\n', place) + 1)
          if (place - begin < LINE_CHARACTERS) continue
          changed.appendLeft(place, '\n')
          begin = place
        }
        return { code: changed.toString(), map: changed.generateMap({ hires: 'boundary' }).toString() }
      },
    },
  ]
}

/**
 * Where a line may be broken, whatever the rules of automatic semicolons: where a statement begins or a member of a class,
 * and after commas.
 *
 * @param {string} code
 * @returns {number[]} offsets, ascending
 */
export function breaksOf(code) {
  const places = new Set()
  const visit = (node) => {
    if (Array.isArray(node)) return node.forEach(visit)
    if (typeof node !== 'object' || node === null) return
    for (const list of listsIn(node)) for (const { start } of list) places.add(start)
    Object.values(node).forEach(visit)
  }
  visit(parseAst(code, { lang: 'js', sourceType: 'script' }))
  return [...places].toSorted((one, other) => one - other)
}

function listsIn(node) {
  switch (node.type) {
    case 'Program':
    case 'BlockStatement':
    case 'ClassBody':
    case 'StaticBlock':
      return [node.body]
    case 'SwitchStatement':
      return [node.cases]
    case 'SwitchCase':
      return [node.consequent]
    case 'VariableDeclaration':
      return [node.declarations.slice(1)]
    case 'SequenceExpression':
      return [node.expressions.slice(1)]
    case 'ObjectExpression':
      return [node.properties.slice(1)]
    case 'ArrayExpression':
      return [node.elements.slice(1).filter(Boolean)]
    default:
      return []
  }
}
