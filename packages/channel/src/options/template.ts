/**
 * The template of a plain-text line: text with placeholders in braces.
 *
 * ```
 * template    = *( text / "{{" / "}}" / placeholder )
 * placeholder = "{" subject [ ":" form ] [ "|" default ] "}"
 * subject     = "time" / "level" / "*" / path
 * ```
 *
 * Only `time` and `level` have a form. Braces stand for themselves when they are doubled, and can't be inside a
 * placeholder.
 */
import { FunnelError } from '../util/errors.ts'
import { datePatternMistake } from './date-pattern.ts'

/** How the name of a level is written: pino's `warn`, `WARN`, or `WARNING` as in Python. */
export type LevelForm = 'label' | 'LABEL' | 'python'

/** A piece of a template. `otherwise` is what stands there when a record has no such field. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'time'; readonly pattern: string; readonly otherwise: string }
  | { readonly kind: 'level'; readonly form: LevelForm; readonly otherwise: string }
  | { readonly kind: 'field'; readonly path: string; readonly otherwise: string }
  | { readonly kind: 'rest'; readonly otherwise: string }

/** ISO 8601 with the offset, so that a line shows its instant in any time zone. */
const DEFAULT_PATTERN = `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`

const LEVEL_FORMS: readonly LevelForm[] = ['label', 'LABEL', 'python']

const BRACES = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g

/** A tab is allowed: it does not end a line, and people write columns with it. */
const UNPRINTABLE = /(?!\t)[\p{Cc}\u2028\u2029]/u

/** @throws FunnelError `FUNNEL_OPTION_INVALID` that says where the mistake is, and what would be right */
export function parseTemplate(template: string): readonly TemplatePart[] {
  refuseUnprintable(template)
  const parts: TemplatePart[] = []
  let end = 0
  for (const match of template.matchAll(BRACES)) {
    addText(parts, template.slice(end, match.index))
    end = match.index + match[0].length
    if (match[0] === '{{' || match[0] === '}}') addText(parts, match[0].charAt(0))
    else parts.push(parsePlaceholder(match[1], new Place(template, match.index, match[0])))
  }
  addText(parts, template.slice(end))
  if (parts.every(({ kind }) => kind === 'text')) throw withoutPlaceholder(template)
  return parts
}

function addText(parts: TemplatePart[], text: string): void {
  const last = parts.at(-1)
  if (last?.kind === 'text') parts.splice(-1, 1, { kind: 'text', text: last.text + text })
  else if (text !== '') parts.push({ kind: 'text', text })
}

function parsePlaceholder(inside: string | undefined, place: Place): TemplatePart {
  if (inside === undefined) throw place.mistake('a brace that stands for itself is doubled: {{ or }}')
  const [, subject = '', form, otherwise = ''] = /^([^:|]*)(?::([^|]*))?(?:\|(.*))?$/s.exec(inside) ?? []
  if (subject === 'time') return timePart(form, otherwise, place)
  if (subject === 'level' && form !== undefined) return levelPart(form, otherwise, place)
  if (form !== undefined) throw place.mistake('only time and level take something after a colon')
  if (subject === '*') return { kind: 'rest', otherwise }
  if (subject === '' || subject !== subject.trim())
    throw place.mistake('the name of a field is expected, such as {msg}')
  return { kind: 'field', path: subject, otherwise }
}

function timePart(pattern: string | undefined, otherwise: string, place: Place): TemplatePart {
  if (pattern === undefined) return { kind: 'time', pattern: DEFAULT_PATTERN, otherwise }
  const mistake = datePatternMistake(pattern)
  if (mistake !== undefined) throw place.mistake(`${mistake} (patterns are those of date-fns)`)
  return { kind: 'time', pattern, otherwise }
}

function levelPart(given: string, otherwise: string, place: Place): TemplatePart {
  const form = LEVEL_FORMS.find((known) => known === given)
  if (form === undefined) {
    throw place.mistake('expected {level}, {level:label}, {level:LABEL} or {level:python}')
  }
  return { kind: 'level', form, otherwise }
}

function refuseUnprintable(template: string): void {
  const at = template.search(UNPRINTABLE)
  if (at === -1) return
  const place = new Place(template, at, JSON.stringify(template.charAt(at)))
  throw place.mistake('a record is one line, and its newline is added by itself')
}

function withoutPlaceholder(template: string): FunnelError {
  return new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Option 'format' must be a template with a placeholder, such as '{time} {level:LABEL} {msg}'; ` +
      `got ${JSON.stringify(template.slice(0, 100))}.`,
  )
}

/** Where in a template something stands. */
class Place {
  readonly #template: string
  readonly #offset: number
  readonly #text: string

  constructor(template: string, offset: number, text: string) {
    this.#template = template
    this.#offset = offset
    this.#text = text
  }

  mistake(why: string): FunnelError {
    return new FunnelError(
      'FUNNEL_OPTION_INVALID',
      `Option 'format' has a mistake at character ${this.#offset + 1} of ` +
        `${this.#template.length}, ${this.#text.slice(0, 100)}: ${why}.`,
    )
  }
}
